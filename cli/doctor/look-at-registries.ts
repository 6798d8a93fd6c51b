/** Whether each registry answers and takes our credentials. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defaultConfig, parseConfig } from '../../api/config.ts';
import type { RegistryConfig, SecretSource } from '../../core/config.ts';
import { InputError } from '../../errors/errors.ts';
import { openRegistryClient, type RegistryClientInit } from '../../oci/client/registry-client.ts';
import { cloudCredentials } from '../../oci/client/sign-in/cloud-helper.ts';
import type { CredentialSource } from '../../oci/client/sign-in/credentials.ts';
import type { Connection } from '../connection.ts';
import { localCredentials } from '../registry-credentials.ts';
import { readServedRegistry } from '../served-registry.ts';
import type { Shell } from '../shell.ts';
import { type Finding, fine, problemOf } from './finding.ts';

/** Where `serve` has the embedded registry unless told otherwise. */
const embeddedRegistryUrl = 'http://127.0.0.1:7421';

export interface RegistriesLook {
  /** Configuration that names the registries; the embedded one when undefined. */
  readonly configFile: string | undefined;
  /** Where the embedded registry is, and where `serve` left a token for it. */
  readonly connection: Connection;
}

/** One finding for each registry, or one that says what is wrong with the configuration. */
export async function lookAtRegistries(shell: Shell, look: RegistriesLook): Promise<readonly Finding[]> {
  let registries: readonly RegistryConfig[];
  try {
    registries = await readRegistries(shell, look);
  } catch (error) {
    return [problemOf('configuration', error)];
  }
  return Promise.all(registries.map((registry) => lookAtRegistry(shell, registry, look)));
}

async function readRegistries(shell: Shell, look: RegistriesLook): Promise<readonly RegistryConfig[]> {
  const file = look.configFile;
  if (file === undefined)
    return Object.values(defaultConfig(look.connection.registryUrl ?? embeddedRegistryUrl).registries);
  const text = await readFile(resolve(shell.cwd, file), 'utf8').catch(() => '');
  return Object.values(parseConfig(text, file, look.connection.registryUrl).registries);
}

async function lookAtRegistry(shell: Shell, registry: RegistryConfig, look: RegistriesLook): Promise<Finding> {
  const name = `registry ${registry.name}`;
  try {
    const ca = registry.caFile === undefined ? undefined : await readNamedFile(resolve(shell.cwd, registry.caFile));
    const served = await readServedRegistry(look.connection.dataDirectory);
    const own = served.schemeOf(new URL(registry.url).host);
    const url = own === undefined ? registry.url : `${own}//${new URL(registry.url).host}`;
    const pinned = served.pinnedOf(url);
    const client = openRegistryClient({
      url,
      ...(pinned === undefined ? {} : { pinned }),
      credentials: await credentialsFor(shell, registry, look),
      ...(ca === undefined ? {} : { ca }),
      ...(await clientCertificateOf(shell, registry)),
      ...(registry.tokenService === undefined ? {} : { tokenService: registry.tokenService }),
      ...(registry.storage === undefined ? {} : { storage: registry.storage }),
    });
    try {
      await client.ping(shell.signal);
      return fine(name, `${url} answers`);
    } finally {
      await client.close();
    }
  } catch (error) {
    return problemOf(name, error);
  }
}

async function credentialsFor(shell: Shell, registry: RegistryConfig, look: RegistriesLook): Promise<CredentialSource> {
  const { auth } = registry;
  switch (auth.kind) {
    case 'anonymous':
      return async () => undefined;
    case 'docker-config':
      return localCredentials(shell, look.connection.dataDirectory);
    case 'ecr':
    case 'gar':
    case 'acr':
      return cloudCredentials(auth.kind, shell.env['PATH'] ?? '');
    case 'password': {
      const { username, password } = auth;
      return async () => ({ username, password: await readSecret(shell, password) });
    }
    case 'entra-token': {
      const { token } = auth;
      return async () => ({ entraToken: await readSecret(shell, token) });
    }
  }
}

async function clientCertificateOf(
  shell: Shell,
  { clientCertificate }: RegistryConfig,
): Promise<Pick<RegistryClientInit, 'clientCertificate'>> {
  if (clientCertificate === undefined) return {};
  const cert = await readNamedFile(resolve(shell.cwd, clientCertificate.certFile));
  return { clientCertificate: { cert, key: await readSecret(shell, clientCertificate.key) } };
}

async function readSecret(shell: Shell, source: SecretSource): Promise<string> {
  if (source.kind === 'env') return shell.env[source.variable] ?? '';
  return (await readNamedFile(resolve(shell.cwd, source.path))).trim();
}

async function readNamedFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({
      code: 'CREDENTIALS_INVALID',
      message: `cannot read the file the configuration names: ${path}`,
      cause,
    });
  }
}
