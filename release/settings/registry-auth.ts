/** Credentials by registry, as people write them in YAML. */
import { parse } from 'yaml';
import { InputError } from '../../errors/errors.ts';

/** User name and password for one registry. */
export interface RegistryCredentials {
  /** `host[:port]`, as in references. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/** As registries are shown them, and as files of credentials have them. Spec: RFC 7617, section 2. */
export function basicCredentials({ username, password }: Omit<RegistryCredentials, 'registry'>): string {
  return Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
}

/** Most aliases that are expanded: more is a text made to exhaust memory. */
const aliasesMax = 100;

/**
 * The credentials of a YAML text: `registry: {username, password}`, or a list of `{registry, username, password}`. A text
 * that is empty stays so: a secret that a pull request cannot see is an empty text.
 * @throws InputError SETTING_INVALID saying what is wrong, never what is written.
 */
export function parseRegistryAuth(text: string): readonly RegistryCredentials[] {
  const value = parseYaml(text);
  if (Array.isArray(value)) return value.map((one) => parseEntry(fieldOf(one, 'registry'), one));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).map(([registry, one]) => parseEntry(registry, one));
  throw invalid('neither a map nor a list of registries');
}

/**
 * The name that references know a registry by; an address, such as configuration files of Docker have, is cut down.
 * @throws InputError SETTING_INVALID.
 */
export function parseRegistryName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/(?:v[12]\/?)?$/, '');
  if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(name)) throw invalid('a name that is no registry');
  return /^(?:index|registry-1)\.docker\.io$/.test(name) ? 'docker.io' : name;
}

function parseEntry(registry: string, value: unknown): RegistryCredentials {
  return {
    registry: parseRegistryName(registry),
    username: fieldOf(value, 'username'),
    password: fieldOf(value, 'password'),
  };
}

function fieldOf(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null) throw invalid('an entry is not {username, password}');
  const field: unknown = new Map<string, unknown>(Object.entries(value)).get(name) ?? '';
  if (typeof field === 'string') return field;
  throw invalid(`a ${name} is not a text`);
}

function parseYaml(text: string): unknown {
  try {
    // Without types, so that a password of digits keeps its zeros.
    return parse(text, { schema: 'failsafe', logLevel: 'error', maxAliasCount: aliasesMax });
  } catch {
    throw invalid('not valid YAML');
  }
}

function invalid(message: string): InputError {
  const wayOut = 'write ghcr.io: {username: "…", password: "…"}, one registry a line, with quotes around both';
  return new InputError({ code: 'SETTING_INVALID', message, wayOut });
}
