/** Credentials from the file that `docker login` and its like write. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../../../errors/errors.ts';
import { runCredentialHelper } from './credential-helper.ts';
import type { CredentialSource, Credentials } from './credentials.ts';

/** Where docker’s configuration and its helpers are. */
export interface DockerConfigOptions {
  /** Usually `~/.docker/config.json`. A file that does not exist has no credentials. */
  readonly configPath: string;
  /** Directories in which credential helpers are looked for, in the form of PATH. */
  readonly helperPath: string;
}

/** Docker Hub's names, and the key that has stood for it since before there were others. */
const hubNames: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
const hubKey = 'https://index.docker.io/v1/';

/** What the file says, as far as it concerns us. */
interface DockerConfig {
  readonly auths: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

/**
 * Credentials from the file, read anew each time: somebody may have logged in meanwhile. The helper for the registry
 * is asked first, then the helper for all, then the file's own entries.
 *
 * @throws InputError CREDENTIALS_INVALID when the file or an entry cannot be read, or a helper fails.
 */
export function dockerConfigCredentials(options: DockerConfigOptions): CredentialSource {
  return async (host, signal) => {
    const config = await readConfig(options.configPath);
    if (config === undefined) return undefined;
    const keys = keysOf(host);
    const helper = keys.map((key) => config.credHelpers.get(key)).find((name) => name !== undefined);
    const name = helper ?? config.credsStore;
    const key = hubNames.includes(host) ? hubKey : host;
    const helped = name && (await runCredentialHelper({ name, helperPath: options.helperPath, host: key, signal }));
    return helped || entryFor(config, keys, options.configPath);
  };
}

/** Names the registry may have in the file, without scheme and path; the API host of Docker Hub has them all. */
function keysOf(host: string): readonly string[] {
  return hubNames.includes(host) ? ['index.docker.io', 'docker.io', 'registry-1.docker.io'] : [host];
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
    return entry === undefined ? [] : [[hostIn(key), entry] as const];
  });
  const helpers = Object.entries(parseRecord(config['credHelpers']) ?? {}).flatMap(([key, value]) =>
    typeof value === 'string' && value !== '' ? [[hostIn(key), value] as const] : [],
  );
  const store = config['credsStore'];
  return {
    auths: new Map(auths),
    credHelpers: new Map(helpers),
    credsStore: typeof store === 'string' && store !== '' ? store : undefined,
  };
}

/** `https://host:port/v1/` and `host:port` are the same registry. */
function hostIn(key: string): string {
  return key.replace(/^https?:\/\//i, '').replace(/\/.*$/s, '');
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
    message: `docker config cannot be used: ${path}: ${why}`,
    cause,
  });
}
