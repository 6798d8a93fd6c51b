/**
 * The process that owns redis-server: it ends the server when its own standard input closes, so that a supervisor killed with -9 leaves
 * no Redis behind. Environment: REGISTRY_ACTION_REDIS_DIRECTORY, _PORT (0: a free one), _PASSWORD.
 */
import { InputError } from '../../errors/errors.ts';
import { openPartLog } from '../process/part-log.ts';
import { parseLogLevel } from '../process/part-settings.ts';
import { runPart } from '../process/run-part.ts';
import { openPrivateRedis } from './private-redis.ts';

const environment = process.env;
const log = openPartLog('redis', parseLogLevel(environment['REGISTRY_ACTION_LOG_LEVEL']));

await runPart({
  log,
  supervised: environment['REGISTRY_ACTION_SUPERVISED'] === '1',
  exit: (code) => process.exit(code),
  open: async (signal) => {
    const redis = await openPrivateRedis({
      directory: required('REGISTRY_ACTION_REDIS_DIRECTORY'),
      port: Number(environment['REGISTRY_ACTION_REDIS_PORT'] ?? '0'),
      password: required('REGISTRY_ACTION_REDIS_PASSWORD'),
      signal,
      onLine: (line) => log.debug({ line }, 'redis-server'),
    });
    process.on('exit', () => redis.kill());
    return { url: redis.url, ended: redis.gone, close: () => redis.close() };
  },
});

function required(name: string): string {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  throw new InputError({ code: 'REQUEST_INVALID', message: `environment variable missing: ${name}` });
}
