/** What a client is told when a handler failed. */
import { expect, test } from 'vitest';
import { ConflictError, IntegrityError, InvariantError, TransportError } from '../../../errors/errors.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { failureAnswer, isOurFailure } from '../../../registry/http/failure.ts';
import { PushBrokenOff } from '../../../registry/tags/push-broken-off.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: secret path`), { code });
}

interface Expected {
  readonly status: number;
  readonly code: string;
  readonly ours: boolean;
}

const cases: [string, unknown, Expected][] = [
  ['a full disk', systemError('ENOSPC'), { status: 507, code: 'UNKNOWN', ours: true }],
  ['a used-up quota', systemError('EDQUOT'), { status: 507, code: 'UNKNOWN', ours: true }],
  ['a read-only disk', systemError('EROFS'), { status: 503, code: 'UNKNOWN', ours: true }],
  [
    'a bug',
    new InvariantError({ code: 'INVARIANT_BROKEN', message: 'secret path' }),
    { status: 500, code: 'UNKNOWN', ours: true },
  ],
  ['something strange', 'secret path', { status: 500, code: 'UNKNOWN', ours: true }],
  [
    'a malformed manifest',
    new IntegrityError({ code: 'MANIFEST_INVALID', message: 'no' }),
    { status: 400, code: 'MANIFEST_INVALID', ours: false },
  ],
  [
    'a manifest of schema 1',
    new IntegrityError({ code: 'MANIFEST_OUTDATED', message: 'no' }),
    { status: 400, code: 'MANIFEST_INVALID', ours: false },
  ],
  [
    'a large manifest',
    new IntegrityError({ code: 'MANIFEST_TOO_LARGE', message: 'no' }),
    { status: 413, code: 'SIZE_INVALID', ours: false },
  ],
  [
    'a data directory that is another’s',
    new ConflictError({ code: 'DATA_DIRECTORY_LOST', message: 'secret path' }),
    { status: 503, code: 'UNKNOWN', ours: true },
  ],
  [
    'many sign-ins',
    new TransportError({ code: 'SIGN_IN_BUSY', message: 'no' }),
    { status: 429, code: 'TOOMANYREQUESTS', ours: false },
  ],
];

test('of a push that broke off it is told which tags were written, and why the others were not', () => {
  const [tag, other] = [parseTag('1.0.0'), parseTag('1.0')];
  const pushed = { confirmed: [tag], changed: [], unconfirmed: [other] };
  const answer = failureAnswer(new PushBrokenOff(systemError('ENOSPC'), pushed));
  expect([answer.status, answer.headers['oci-tag']]).toEqual([507, '1.0.0']);
  const text = answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString() : '';
  expect(JSON.parse(text)).toEqual({
    errors: [
      {
        code: 'UNKNOWN',
        message: 'the registry has no space left; pushed: 1.0.0; not: 1.0',
        detail: { confirmed: ['1.0.0'], unconfirmed: ['1.0'] },
      },
    ],
  });
});

test.each(cases)('%s has its answer, which gives nothing away', (_, error, { status, code, ours }) => {
  const answer = failureAnswer(error);
  const text = answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString() : '';
  expect([answer.status, isOurFailure(answer)]).toEqual([status, ours]);
  expect(JSON.parse(text)).toMatchObject({ errors: [{ code }] });
  expect(text).not.toContain('secret');
});
