import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isRunning, parseProcessIdentity, readProcessIdentity } from '../../../service/process/process-identity.ts';

test('a process keeps its identity while it runs, and nobody has it afterwards', async () => {
  const sleeper = spawn('sleep', ['60']);
  const identity = await readProcessIdentity(sleeper.pid ?? 0);
  expect(identity?.pid).toBe(sleeper.pid);
  if (identity === undefined) return;
  expect(await isRunning(identity)).toBe(true);
  expect(await isRunning({ ...identity, started: 'in another life' })).toBe(false);
  expect(parseProcessIdentity(JSON.stringify(identity))).toEqual(identity);
  sleeper.kill('SIGKILL');
  await once(sleeper, 'exit');
  expect(await isRunning(identity)).toBe(false);
});

test.each([
  '',
  '{}',
  '[]',
  '{"pid":0,"started":"x"}',
  '{"pid":1}',
  '{"pid":"1","started":"x"}',
  '{"pid":1.5,"started":""}',
])('the text %j names no process', (text) => {
  expect(parseProcessIdentity(text)).toBeUndefined();
});
