/** What a release of this step works with: registries, builders and the surroundings of programs. */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLoopbackHost } from '../api/loopback.ts';
import { InputError } from '../errors/errors.ts';
import { openRegistries, type Registries } from '../oci/client/registries.ts';
import { authFileCredentials } from '../oci/client/sign-in/auth-files.ts';
import { chooseBuilder } from '../release/builders/choose-builder.ts';
import type { ReleaseParts } from '../release/release-parts.ts';
import type { RegistryCredentials } from '../release/settings/registry-auth.ts';
import type { SettingValues } from '../release/settings/setting-values.ts';
import { childEnvironment } from './child-environment.ts';
import { fillCredentialsDirectory } from './credentials-directory.ts';
import { guardContext } from './guard-context.ts';
import type { Runner } from './runner.ts';

/** Parts that hold connections; whoever opens them closes them. */
export interface OpenReleaseParts extends ReleaseParts {
  close(): Promise<void>;
}

/**
 * The parts. All that is written on the way lies in the directory, which is the caller's to remove.
 * @throws InputError CREDENTIALS_INVALID, SETTING_INVALID for a file that cannot be read.
 */
export async function openReleaseParts(
  runner: Runner,
  values: SettingValues,
  logins: readonly RegistryCredentials[],
  directory: string,
): Promise<OpenReleaseParts> {
  const [credentials, scratch] = [join(directory, 'credentials'), join(directory, 'build')];
  for (const path of [credentials, scratch]) await mkdir(path, { mode: 0o700 });
  const own = await fillCredentialsDirectory({ directory: credentials, env: runner.env, logins });
  const env = childEnvironment(runner.env, own);
  const registries = await openRegistriesOf(runner, values, env);
  return {
    registries,
    chooseBuilder: async (wanted, parts) => {
      const builder = await chooseBuilder(wanted, parts);
      await guardContext(runner, builder.name, wanted, parts);
      return builder;
    },
    surroundings: { env, cwd: runner.cwd, scratch },
    close: () => registries.close(),
  };
}

async function openRegistriesOf(
  runner: Runner,
  values: SettingValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Registries> {
  const plain = new Set(values.list('plain-http').map((registry) => registry.toLowerCase()));
  const isPlain = (registry: string) => plain.has(registry) || isLoopbackHost(registry.replace(/:\d+$/, ''));
  return openRegistries({
    credentials: authFileCredentials(env),
    urlOf: (registry) => `${isPlain(registry) ? 'http' : 'https'}://${registry}`,
    ca: await readAuthorities(runner, values.text('ca-file')),
    env,
    userAgent: 'registry-action',
  });
}

async function readAuthorities(runner: Runner, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(resolve(runner.cwd, path), 'utf8');
  } catch (cause) {
    throw new InputError({
      code: 'SETTING_INVALID',
      message: `ca-file: the file cannot be read: ${path}`,
      wayOut: 'name a readable PEM file, from the workspace or in full',
      cause,
    });
  }
}
