/** What a client is told when a handler failed. */
import { expect, test } from 'vitest';
import { IntegrityError, InvariantError, TransportError } from '../../../errors/errors.ts';
import { failureAnswer, isOurFailure } from '../../../registry/http/failure.ts';

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
    'many sign-ins',
    new TransportError({ code: 'SIGN_IN_BUSY', message: 'no' }),
    { status: 429, code: 'TOOMANYREQUESTS', ours: false },
  ],
];

test.each(cases)('%s has its answer, which gives nothing away', (_, error, { status, code, ours }) => {
  const answer = failureAnswer(error);
  const text = answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString() : '';
  expect([answer.status, isOurFailure(answer)]).toEqual([status, ours]);
  expect(JSON.parse(text)).toMatchObject({ errors: [{ code }] });
  expect(text).not.toContain('secret');
});
