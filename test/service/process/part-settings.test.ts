import { expect, test } from 'vitest';
import { parsePartSettings } from '../../../service/process/part-settings.ts';

test('with an empty environment everything is on this machine, below the working directory', () => {
  expect(parsePartSettings({ REDIS_URL: '' })).toEqual({
    dataDirectory: '.registry-action',
    host: '127.0.0.1',
    apiPort: 7420,
    registryPort: 7421,
    configFile: undefined,
    redisUrl: undefined,
    embeddedRegistryUrl: undefined,
    workers: 1,
    lockMs: 15_000,
    sweepEveryMs: undefined,
    logLevel: 'info',
    supervised: false,
  });
});

test.each([
  { REGISTRY_ACTION_API_PORT: '65536' },
  { REGISTRY_ACTION_REGISTRY_PORT: '-1' },
  { REGISTRY_ACTION_REGISTRY_PORT: '80 ' },
  { REGISTRY_ACTION_WORKERS: '1000' },
  { REGISTRY_ACTION_LOG_LEVEL: 'loud' },
])('%j is refused, naming the variable', (environment) => {
  const [name = ''] = Object.keys(environment);
  expect(() => parsePartSettings(environment)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  expect(() => parsePartSettings(environment)).toThrow(name);
});
