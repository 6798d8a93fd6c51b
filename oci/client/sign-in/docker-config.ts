/** Credentials from a file that `docker login`, `podman login` and their like write. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../../../errors/errors.ts';
import { runCredentialHelper } from './credential-helper.ts';
import type { CredentialSource, Credentials } from './credentials.ts';

/** Where one file of credentials and its helpers are. */
export interface DockerConfigOptions {
  /** `~/.docker/config.json`, or containers' `auth.json`. A file that does not exist has no credentials. */
  readonly configPath: string;
  /** Directories in which credential helpers are looked for, in the form of PATH. */
  readonly helperPath: string;
}

/** Docker Hub's names, and the key that has stood for it since before there were others. */
const hubNames: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
const hubKey = 'https://index.docker.io/v1/';

/** What the file says, as far as it concerns us. */
interface DockerConfig {
  /** By `host[:port]`, or `host[:port]/namespace`. */
  readonly auths: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** By `host[:port]`. */
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

/**
 * Credentials from the file, read anew each time: somebody may have logged in meanwhile. The helper for the registry is
 * asked first, then the entry whose name is the longest beginning of the repository's, then the helper for all, then the
 * entry of the registry.
 *
 * Spec: containers-auth.json(5), "FORMAT", whose entries for namespaces docker does not know.
 * @throws InputError CREDENTIALS_INVALID when the file or an entry cannot be read, or a helper fails.
 */
export function dockerConfigCredentials(options: DockerConfigOptions): CredentialSource {
  const { configPath, helperPath } = options;
  const find: CredentialSource = async (host, { repository, signal } = {}) => {
    const config = await readConfig(configPath);
    if (config === undefined) return undefined;
    const names = namesOf(host);
    const ask = async (helper: string | undefined) =>
      helper && (await runCredentialHelper({ name: helper, helperPath, host: helperKeyOf(host), signal }));
    const own = names.map((name) => config.credHelpers.get(name)).find((name) => name !== undefined);
    return (
      (await ask(own)) ||
      entryFor(config, namespaceKeys(names, repository), configPath) ||
      (own === undefined && (await ask(config.credsStore))) ||
      entryFor(config, names, configPath)
    );
  };
  return Object.assign(find, {
    async namespaces(host: string): Promise<readonly string[]> {
      const keys = [...((await readConfig(configPath))?.auths.keys() ?? [])];
      return namesOf(host).flatMap((name) =>
        keys.filter((key) => key.startsWith(`${name}/`)).map((key) => key.slice(name.length + 1)),
      );
    },
  });
}

/** Names the registry may have in the file, without scheme and path; the API host of Docker Hub has them all. */
function namesOf(host: string): readonly string[] {
  return hubNames.includes(host) ? ['index.docker.io', 'docker.io', 'registry-1.docker.io'] : [host];
}

function helperKeyOf(host: string): string {
  return hubNames.includes(host) ? hubKey : host;
}

/** `host/team/app`, `host/team`: the longest first. */
function namespaceKeys(names: readonly string[], repository: string | undefined): readonly string[] {
  const parts = repository?.split('/') ?? [];
  const beginnings = parts.map((_, at) => parts.slice(0, parts.length - at).join('/'));
  return beginnings.flatMap((beginning) => names.map((name) => `${name}/${beginning}`));
}

function entryFor(config: DockerConfig, keys: readonly string[], path: string): Credentials | undefined {
  for (const key of keys) {
    const entry = config.auths.get(key);
    const credentials = entry && parseEntry(entry, key, path);
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** An entry is `{}` where a helper keeps the secret. */
function parseEntry(entry: Readonly<Record<string, unknown>>, key: string, path: string): Credentials | undefined {
  const text = (field: string): string => {
    const value = entry[field];
    return typeof value === 'string' ? value : '';
  };
  if (text('identitytoken') !== '') return { identityToken: text('identitytoken') };
  if (text('registrytoken') !== '') return { registryToken: text('registrytoken') };
  if (text('username') !== '') return { username: text('username'), password: text('password') };
  if (text('auth') === '') return undefined;
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(text('auth'), 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined)
    throw invalid(path, `auths["${key}"].auth is not user:password`);
  return { username, password: password.replace(/\0+$/, '') };
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw invalid(path, 'it cannot be read', cause);
  }
  return parseConfig(text, path);
}

function parseConfig(text: string, path: string): DockerConfig {
  const config = parseRecord(parseJson(text, path));
  if (config === undefined) throw invalid(path, 'it is not a JSON object');
  const auths = Object.entries(parseRecord(config['auths']) ?? {}).flatMap(([key, value]) => {
    const entry = parseRecord(value);
    return entry === undefined ? [] : [[nameIn(key), entry] as const];
  });
  const helpers = Object.entries(parseRecord(config['credHelpers']) ?? {}).flatMap(([key, value]) =>
    typeof value === 'string' && value !== '' ? [[nameIn(key), value] as const] : [],
  );
  const store = config['credsStore'];
  return {
    auths: new Map(auths),
    credHelpers: new Map(helpers),
    credsStore: typeof store === 'string' && store !== '' ? store : undefined,
  };
}

/** `https://host:port/v1/` and `host:port` are the same registry; without a scheme a path is a namespace. */
function nameIn(key: string): string {
  const rest = key.replace(/^https?:\/\//i, '');
  return rest === key ? rest.replace(/(?:\/v[12])?\/*$/, '') : rest.replace(/\/.*$/s, '');
}

/** The parser's message is left out: it repeats the text, which holds secrets. */
function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(path, 'it is not JSON');
  }
}

function parseRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function invalid(path: string, why: string, cause?: unknown): InputError {
  return new InputError({
    code: 'CREDENTIALS_INVALID',
    message: `file of credentials cannot be used: ${path}: ${why}`,
    cause,
  });
}
