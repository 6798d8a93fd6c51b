import { expect, test } from 'vitest';
import { ConflictError } from '../../../errors/errors.ts';
import { describeError, redactLine } from '../../../service/process/part-log.ts';

test('a line keeps its shape and loses every secret', () => {
  const line = JSON.stringify({
    level: 'warn',
    msg: 'cannot reach redis://bob:s3cr3t@cache:6379 with Bearer abcdefghijkl',
    headers: { authorization: 'Basic s3cr3t', accept: '*/*' },
    adminToken: 'rat_0123456789ab_s3cr3t',
    deep: [{ text: 'rat_0123456789ab_s3cr3ts3cr3ts3cr3t' }],
    tokens: 3,
  });
  const redacted = redactLine(line);
  expect(redacted).not.toContain('s3cr3t');
  expect(redacted).not.toContain('abcdefghijkl');
  expect(redacted.endsWith('\n')).toBe(true);
  expect(JSON.parse(redacted)).toMatchObject({ level: 'warn', headers: { accept: '*/*' }, tokens: 3 });
});

test('a line that is no JSON is redacted all the same', () => {
  expect(redactLine('redis://bob:s3cr3t@cache {')).toBe('redis://***@cache {');
});

test('of an error only the fields we know are told, through all its causes', () => {
  const refused = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['s3cr3t'] } });
  const error = new ConflictError({ code: 'PORT_TAKEN', message: 'taken', cause: refused, fields: { port: 1 } });
  const told = describeError(error);
  expect(told).toMatchObject({ code: 'PORT_TAKEN', fields: { port: 1 }, cause: { message: 'WRONGPASS' } });
  expect(JSON.stringify(told)).not.toContain('s3cr3t');
});

test('a chain of causes that loops ends', () => {
  const error = new Error('round and round');
  error.cause = error;
  expect(JSON.stringify(describeError(error)).match(/round and round/g)?.length).toBeLessThan(20);
});

test('what is thrown and is no error is told as text', () => {
  expect(describeError('just text')).toBe('just text');
});
