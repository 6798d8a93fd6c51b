/** Caches of BuildKit on its command line. */
import { InputError } from '../../../errors/errors.ts';
import type { BuildCache } from '../builder.ts';

/** A cache that cannot be written need not stop the build: these are over the network, and slow or full at times. */
const unreliable = ['gha', 'registry'];

/** Parameters that are secrets: a command line is seen by every user of the machine. */
const secretParameter = /^(?:token|ghtoken|url_token|session_token|secret_access_key|account_key)$/;

/**
 * `--cache-from` and `--cache-to` for each, the latter with `ignore-error=true` for caches that are reached over the
 * network, unless the entry itself says something of it.
 * @throws InputError BUILD_INPUT_INVALID for an entry with a secret in it.
 */
export function cacheWords(cache: Pick<BuildCache, 'from' | 'to'>): readonly string[] {
  for (const entry of [...cache.from, ...cache.to]) assertNoSecret(entry);
  const from = cache.from.flatMap((entry) => ['--cache-from', entry]);
  return [...from, ...cache.to.flatMap((entry) => ['--cache-to', forgiving(entry)])];
}

/** What the entry says of the parameter; undefined when nothing. An entry that is a reference alone has no parameters. */
export function readCacheParameter(entry: string, name: string): string | undefined {
  return entry
    .split(',')
    .map((field) => field.trim())
    .find((field) => field.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

function forgiving(entry: string): string {
  const written = entry.includes('=') ? entry : `type=registry,ref=${entry}`;
  if (!unreliable.includes(readCacheParameter(written, 'type') ?? '')) return written;
  return readCacheParameter(written, 'ignore-error') === undefined ? `${written},ignore-error=true` : written;
}

function assertNoSecret(entry: string): void {
  const names = entry.split(',').map((field) => field.trim().split('=', 1)[0] ?? '');
  const secret = names.find((name) => secretParameter.test(name));
  if (secret === undefined) return;
  throw new InputError({
    code: 'BUILD_INPUT_INVALID',
    message: `cache with a secret on the command line: ${secret} of ${readCacheParameter(entry, 'type') ?? 'a cache'}`,
    wayOut:
      'give it by environment: buildx reads AWS_SECRET_ACCESS_KEY for type=s3, ACTIONS_RUNTIME_TOKEN for type=gha',
  });
}
