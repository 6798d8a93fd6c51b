/** What a release works with: registries, builders, and the surroundings of programs. */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../errors/errors.ts';
import { openRegistries } from '../../oci/client/registries.ts';
import { authFileCredentials } from '../../oci/client/sign-in/auth-files.ts';
import { type CredentialSource, firstOf } from '../../oci/client/sign-in/credentials.ts';
import { chooseBuilder } from '../builders/choose-builder.ts';
import type { ReleaseWarning } from '../release-outcome.ts';
import type { ReleaseParts } from '../release-parts.ts';
import type { RegistryCredentials } from '../settings/registry-auth.ts';
import type { SettingValues } from '../settings/setting-values.ts';
import type { Environment } from '../surroundings/environment.ts';
import { childEnvironment } from './child-environment.ts';
import { fillCredentialsDirectory } from './credentials-directory.ts';
import { guardContext } from './guard-context.ts';

/** The door that a release comes through. */
export interface ReleaseDoor {
  readonly env: Environment;
  readonly cwd: string;
  /** An empty directory that only this account can enter; the door removes it. */
  readonly directory: string;
  readonly userAgent: string;
  /** Whether a host is this machine, and spoken to without TLS. */
  readonly isLoopback: (host: string) => boolean;
  /** Credentials that the door knows beside those of the settings and of the container tools. */
  readonly otherCredentials?: CredentialSource;
  readonly onWarning: (warning: ReleaseWarning) => void;
  /** Told of every secret that is found in the user's files, before it is used. */
  readonly onSecret?: (secret: string) => void;
}

/** Parts that hold connections; whoever opens them closes them. */
export interface OpenReleaseParts extends ReleaseParts {
  close(): Promise<void>;
}

/**
 * The parts. All that is written on the way lies in the door's directory.
 * @throws InputError CREDENTIALS_INVALID, SETTING_INVALID for a file that cannot be read.
 */
export async function openReleaseParts(
  door: ReleaseDoor,
  values: SettingValues,
  logins: readonly RegistryCredentials[],
): Promise<OpenReleaseParts> {
  const { directory, cwd, onWarning } = door;
  const [credentials, scratch] = [join(directory, 'credentials'), join(directory, 'build')];
  for (const path of [credentials, scratch]) await mkdir(path, { mode: 0o700 });
  const { env: given, onSecret } = door;
  const files = { directory: credentials, env: given, logins, ...(onSecret === undefined ? {} : { onSecret }) };
  const own = await fillCredentialsDirectory(files);
  const env = childEnvironment(given, own);
  const plain = new Set(values.list('plain-http').map((registry) => registry.toLowerCase()));
  const isPlain = (registry: string) => plain.has(registry) || door.isLoopback(registry.replace(/:\d+$/, ''));
  const { otherCredentials } = door;
  const registries = openRegistries({
    credentials: firstOf([authFileCredentials(env), ...(otherCredentials === undefined ? [] : [otherCredentials])]),
    urlOf: (registry) => `${isPlain(registry) ? 'http' : 'https'}://${registry}`,
    ca: await readAuthorities(cwd, values.text('ca-file')),
    env,
    userAgent: door.userAgent,
  });
  return {
    registries,
    chooseBuilder: async (wanted, parts) => {
      const builder = await chooseBuilder(wanted, parts);
      const warning = await guardContext(builder.name, wanted, parts);
      if (warning !== undefined) onWarning(warning);
      return builder;
    },
    surroundings: { env, cwd, scratch },
    close: () => registries.close(),
  };
}

async function readAuthorities(cwd: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (cause) {
    throw new InputError({
      code: 'SETTING_INVALID',
      message: `ca-file: the file cannot be read: ${path}`,
      wayOut: 'name a readable PEM file, from the working directory or in full',
      cause,
    });
  }
}
