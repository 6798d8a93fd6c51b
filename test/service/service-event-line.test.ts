import { expect, test } from 'vitest';
import { serviceEventLine } from '../../service/service-event-line.ts';

test('the log says where the administrator’s token is, never what it is', () => {
  const line = serviceEventLine({ kind: 'first-start', adminToken: 's3cr3t', adminTokenPath: 'data/admin.token' });
  expect(JSON.stringify(line)).not.toContain('s3cr3t');
  expect(line.fields).toEqual({ adminTokenPath: 'data/admin.token' });
});

test('a part that died is an error, one that was closed is not', () => {
  const died = { part: 'api', pid: 1, exitCode: 70, signal: undefined, restartDelayMs: 250 } as const;
  expect(serviceEventLine({ kind: 'part-exited', ...died }).level).toBe('error');
  expect(serviceEventLine({ kind: 'part-closed', part: 'api' }).level).toBe('info');
});
