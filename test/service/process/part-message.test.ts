import { expect, test } from 'vitest';
import { errorCatalogue } from '../../../errors/catalogue.ts';
import { AccessError, InputError } from '../../../errors/errors.ts';
import {
  formatFailure,
  formatReady,
  parsePartMessage,
  partMessageLengthMax,
} from '../../../service/process/part-message.ts';

test('a ready part is understood, with and without an address', () => {
  expect(parsePartMessage(formatReady('http://127.0.0.1:1'))).toEqual({ kind: 'ready', url: 'http://127.0.0.1:1' });
  expect(parsePartMessage(formatReady(undefined))).toEqual({ kind: 'ready', url: undefined });
});

test('an error comes out of the message in its own class, with its way out', () => {
  const sent = new AccessError({ code: 'REDIS_DENIED', message: 'no: redis://u:p@h', wayOut: 'ask', signedIn: false });
  const message = parsePartMessage(formatFailure(sent));
  expect(message).toMatchObject({ kind: 'failed', error: { code: 'REDIS_DENIED', wayOut: 'ask' } });
  expect(message?.kind === 'failed' && message.error).toBeInstanceOf(AccessError);
  expect(formatFailure(sent)).not.toContain('u:p');
});

test.each(Object.entries(errorCatalogue))('%s is restored in the class it is raised as', (code, { raisedAs }) => {
  const message = parsePartMessage(JSON.stringify({ failed: { code, message: 'm', wayOut: 'w' } }));
  expect(message).toMatchObject({ kind: 'failed', error: { name: raisedAs, code } });
});

test.each([
  '',
  'Debugger listening on ws://127.0.0.1:9229',
  '[]',
  'null',
  '"ready"',
  '{"ready":false}',
  '{"failed":{"code":"NO_SUCH_CODE","message":"m","wayOut":"w"}}',
  '{"failed":{"code":"PORT_TAKEN"}}',
  '{"failed":{"code":"toString","message":"m","wayOut":"w"}}',
  `{"listening":"${'x'.repeat(partMessageLengthMax)}"}`,
])('the line %j is no message', (line) => {
  expect(parsePartMessage(line)).toBeUndefined();
});

test('an error of a class is an error of the same code again', () => {
  const sent = new InputError({ code: 'CONFIG_INVALID', message: '2 problems in f\n  line 1: a\n  line 2: b' });
  const message = parsePartMessage(formatFailure(sent));
  expect(message?.kind === 'failed' && message.error.message).toBe(sent.message);
});
