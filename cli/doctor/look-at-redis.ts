/** Whether there is a Redis to work with: the named one, or a program to start a private one. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { redact } from '../../errors/redact.ts';
import type { Environment } from '../shell.ts';
import { askRedis } from './ask-redis.ts';
import { type Finding, fine, problem } from './finding.ts';

const name = 'redis';

/** The only policy under which Redis keeps what it accepted. */
const safePolicy = 'noeviction';

/** Asks the Redis of REDIS_URL, or looks for redis-server on the PATH. */
export async function lookAtRedis(env: Environment, signal: AbortSignal): Promise<Finding> {
  const url = env['REDIS_URL'] ?? '';
  if (url === '') return lookForProgram(env['PATH'] ?? '');
  const shown = redact(url);
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    return problem(
      name,
      'REDIS_UNREACHABLE',
      'REDIS_URL is no address',
      'write redis://host:6379 or rediss://host:6379',
    );
  }
  try {
    const [policy] = (await askRedis(new URL(url), [['CONFIG', 'GET', 'maxmemory-policy']], signal)).slice(-1);
    // A managed Redis may refuse CONFIG: that it answers is all that can be said then.
    if (policy === undefined || policy.startsWith('-')) return fine(name, `${shown} answers`);
    if (policy.includes(safePolicy)) return fine(name, `${shown} answers, ${safePolicy}`);
    return problem(name, 'REDIS_POLICY', `Redis may throw keys away: ${shown}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return problem(name, 'REDIS_UNREACHABLE', `Redis does not answer: ${shown} (${redact(why)})`);
  }
}

async function lookForProgram(path: string): Promise<Finding> {
  for (const directory of path.split(delimiter).filter((one) => one !== '')) {
    const program = join(directory, 'redis-server');
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return fine(name, `a private one is started with ${program}`);
  }
  return problem(
    name,
    'REDIS_UNREACHABLE',
    'no redis-server on the PATH, and REDIS_URL is not set',
    'install it (apt install redis-server, brew install redis), or set REDIS_URL',
  );
}
