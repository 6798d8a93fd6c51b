/** What the log says of a Redis in trouble: which one, the code, the way out; and not too often. */
import { expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { troubleLog } from '../../../service/redis/trouble-log.ts';

function openTroubleLog() {
  const lines: unknown[] = [];
  let at = 0;
  const log = { warn: (fields: { readonly err: unknown }) => lines.push(fields.err) };
  const tell = troubleLog({ log, shown: 'redis://***@redis.example:6380', now: () => at });
  return {
    lines,
    tell,
    pass: (ms: number) => {
      at += ms;
    },
  };
}

test('a Redis that does not answer is named, with code and way out', () => {
  const { lines, tell } = openTroubleLog();
  tell(new Error('connect ECONNREFUSED 192.0.2.1:6380'));
  const [error] = lines;
  expect(error).toMatchObject({ code: 'REDIS_UNREACHABLE', wayOut: expect.stringMatching(/\S/) });
  expect(error).toMatchObject({ message: expect.stringContaining('redis://***@redis.example:6380') });
});

test('a host whose every address failed is told by the code of the failure', () => {
  const { lines, tell } = openTroubleLog();
  tell(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }));
  expect(lines[0]).toMatchObject({ message: expect.stringContaining('(ECONNREFUSED)') });
});

test('a Redis that refuses the password is told as such', () => {
  const { lines, tell } = openTroubleLog();
  tell(new Error('WRONGPASS invalid username-password pair or user is disabled.'));
  expect(lines.map((error) => (error instanceof CodedError ? error.code : ''))).toEqual(['REDIS_DENIED']);
});

test('trouble that lasts is told once in ten seconds', () => {
  const { lines, tell, pass } = openTroubleLog();
  for (let second = 0; second < 25; second += 1) {
    tell(new Error('connect ECONNREFUSED'));
    pass(1_000);
  }
  expect(lines).toHaveLength(3);
});
