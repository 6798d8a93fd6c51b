/** The registries of the configuration, each with one client that everything in the process shares. */
import { readFile } from 'node:fs/promises';
import { embeddedRegistryName } from '../api/config.ts';
import type { CommandSource } from '../core/command.ts';
import type { Config, RegistryConfig, SecretSource } from '../core/config.ts';
import { InputError, NotFoundError } from '../errors/errors.ts';
import { openRegistryClient, type RegistryClient, type RegistryClientInit } from '../oci/client/registry-client.ts';
import { authFileCredentials } from '../oci/client/sign-in/auth-files.ts';
import { cloudCredentials } from '../oci/client/sign-in/cloud-helper.ts';
import type { CredentialSource, Credentials } from '../oci/client/sign-in/credentials.ts';
import type { PinnedCertificates } from '../oci/client/wire/pinned-certificate.ts';
import type { ProxySettings } from '../oci/client/wire/proxy.ts';
import type { RequestBudget } from '../oci/client/wire/request-budget.ts';
import type { RequestPriority } from '../oci/client/wire/request-class.ts';
import type { Target } from '../oci/copy/target.ts';
import { openLateBudget } from './late-budget.ts';
import { resolveAccount } from './registry-account.ts';

export interface Registries {
  /** @throws NotFoundError REGISTRY_UNKNOWN for a name that the configuration does not have. */
  client(name: string): RegistryClient;
  /** The repository, used with the priority; `rest` when absent. */
  repository(location: CommandSource, priority?: RequestPriority): Target;
  close(): Promise<void>;
}

/** What opening takes from the process' surroundings. */
export interface RegistrySurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly proxy: ProxySettings;
  /** Token for the embedded registry; undefined where none runs. */
  readonly serviceToken: string | undefined;
  /** The certificates that the embedded registry is known by; undefined where none runs, or without TLS. */
  readonly embeddedPinned?: PinnedCertificates | undefined;
  /** The budget that the account, no secret, shares with other processes at the registry's host; none where it is absent. */
  readonly budgetOf?: (host: string, account: string) => RequestBudget;
}

/** Opens a client per registry. @throws InputError CREDENTIALS_INVALID when a named secret or authority is not there. */
export async function openRegistries(config: Config, surroundings: RegistrySurroundings): Promise<Registries> {
  const clients = new Map<string, RegistryClient>();
  for (const registry of Object.values(config.registries)) {
    clients.set(registry.name, await openOne(registry, surroundings));
  }
  const client = (name: string) => {
    const found = clients.get(name);
    if (found !== undefined) return found;
    throw new NotFoundError({ code: 'REGISTRY_UNKNOWN', message: `unknown registry: ${name}` });
  };
  return {
    client,
    repository: (location, priority = 'rest') =>
      client(location.registry).repository(location.repository, { priority }),
    close: async () => void (await Promise.all([...clients.values()].map((open) => open.close()))),
  };
}

async function openOne(registry: RegistryConfig, surroundings: RegistrySurroundings): Promise<RegistryClient> {
  const credentials = await credentialsOf(registry, surroundings);
  return openRegistryClient({
    url: registry.url,
    proxy: surroundings.proxy,
    ...(credentials === undefined ? {} : { credentials }),
    ...(await budgetOf(registry, credentials, surroundings)),
    ...pinnedOf(registry, surroundings),
    ...(registry.caFile === undefined ? {} : { ca: await readSecret(registry.caFile) }),
    ...(await clientCertificateOf(registry, surroundings)),
    ...(registry.tokenService === undefined ? {} : { tokenService: registry.tokenService }),
    ...(registry.storage === undefined ? {} : { storage: registry.storage }),
  });
}

function pinnedOf({ name }: RegistryConfig, surroundings: RegistrySurroundings): Pick<RegistryClientInit, 'pinned'> {
  const { embeddedPinned: pinned } = surroundings;
  return name === embeddedRegistryName && pinned !== undefined ? { pinned } : {};
}

/** Our own registry counts nothing. Files that name the account are read, and helpers asked, once it is needed. */
async function budgetOf(
  registry: RegistryConfig,
  credentials: CredentialSource | undefined,
  { budgetOf }: RegistrySurroundings,
): Promise<Pick<RegistryClientInit, 'budget'>> {
  if (budgetOf === undefined || registry.name === embeddedRegistryName) return {};
  const open = async () => budgetOf(new URL(registry.url).host, await resolveAccount(registry, credentials));
  return { budget: registry.auth.kind === 'docker-config' ? openLateBudget(open) : await open() };
}

async function credentialsOf(
  registry: RegistryConfig,
  surroundings: RegistrySurroundings,
): Promise<CredentialSource | undefined> {
  const { serviceToken, environment } = surroundings;
  if (registry.name === embeddedRegistryName && serviceToken !== undefined) {
    return async () => ({ username: 'service', password: serviceToken });
  }
  switch (registry.auth.kind) {
    case 'anonymous':
      return undefined;
    case 'docker-config':
      return authFileCredentials(environment);
    case 'ecr':
    case 'gar':
    case 'acr':
      return cloudCredentials(registry.auth.kind, environment['PATH'] ?? '');
    case 'password': {
      const { username, password } = registry.auth;
      return await secretCredentials(password, environment, (secret) => ({ username, password: secret }));
    }
    case 'entra-token':
      return await secretCredentials(registry.auth.token, environment, (entraToken) => ({ entraToken }));
  }
}

/** Read anew each time, since tokens are replaced where they lie; and once now, so that a mistake is told at the start. */
async function secretCredentials(
  source: SecretSource,
  environment: RegistrySurroundings['environment'],
  credentialsFor: (secret: string) => Credentials,
): Promise<CredentialSource> {
  await resolveSecret(source, environment);
  return async () => credentialsFor(await resolveSecret(source, environment));
}

async function clientCertificateOf(
  { clientCertificate }: RegistryConfig,
  { environment }: RegistrySurroundings,
): Promise<Pick<RegistryClientInit, 'clientCertificate'>> {
  if (clientCertificate === undefined) return {};
  const cert = await readSecret(clientCertificate.certFile);
  return { clientCertificate: { cert, key: await resolveSecret(clientCertificate.key, environment) } };
}

async function resolveSecret(secret: SecretSource, environment: RegistrySurroundings['environment']): Promise<string> {
  switch (secret.kind) {
    case 'file':
      return (await readSecret(secret.path)).trim();
    case 'env': {
      const value = environment[secret.variable];
      if (value !== undefined && value !== '') return value;
      throw new InputError({
        code: 'CREDENTIALS_INVALID',
        message: `environment variable is not set: ${secret.variable}`,
      });
    }
  }
}

async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({ code: 'CREDENTIALS_INVALID', message: `file cannot be read: ${path}`, cause });
  }
}
