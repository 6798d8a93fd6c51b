import { expect, test } from 'vitest';
import { parseServerInfo } from '../../../service/redis/server-info.ts';

test('the fields of INFO are found among headings and unknown lines', () => {
  const text =
    '# Server\r\nredis_version:7.0.15\r\nprocess_id:42\r\n\r\n# Memory\r\nmaxmemory_policy:noeviction\r\nx:y:z\r\n';
  expect(parseServerInfo(text)).toEqual({ version: '7.0.15', processId: 42, policy: 'noeviction' });
});

test('what the server does not tell is undefined', () => {
  expect(parseServerInfo('')).toEqual({ version: undefined, processId: undefined, policy: undefined });
});
