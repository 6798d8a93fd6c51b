/** The parts of a request about a user or token. */
import { type Role, roles } from '../../core/access.ts';
import { parseRepositoryPattern, type RepositoryPattern } from '../../core/repository-pattern.ts';
import { InputError } from '../../errors/errors.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { RequestBody } from '../http/request-body.ts';

type Asked = Readonly<Record<string, unknown>>;

/**
 * The body's object, in which there is nothing but these keys: a limit that is misspelt must not count as none.
 * @throws InputError REQUEST_INVALID
 */
export async function readAsked(body: RequestBody, keys: readonly string[]): Promise<Asked> {
  const asked = await readJsonBody(body);
  if (Object.keys(asked).every((key) => keys.includes(key))) return asked;
  throw malformed(`there is a key beside ${keys.join(', ')}`);
}

/** The name, which may be none that somebody can have. @throws InputError REQUEST_INVALID */
export function nameIn({ name }: Asked): string {
  if (typeof name === 'string') return name;
  throw malformed('name is no text');
}

/** The role. @throws InputError REQUEST_INVALID */
export function roleIn(asked: Asked): Role {
  const role = roles.find((known) => known === asked['role']);
  if (role !== undefined) return role;
  throw malformed(`role is none of ${roles.join(', ')}`);
}

/** Whether the key says true; no where it is absent. @throws InputError REQUEST_INVALID */
export function booleanIn(asked: Asked, key: string): boolean {
  const value = asked[key] ?? false;
  if (typeof value === 'boolean') return value;
  throw malformed(`${key} is neither true nor false`);
}

/** Most patterns that limit one token. */
export const repositoriesMax = 100;

/**
 * The patterns that limit it; undefined where it is not to be limited.
 * @throws InputError REQUEST_INVALID, REPOSITORY_PATTERN_INVALID.
 */
export function repositoriesIn({ repositories }: Asked): readonly RepositoryPattern[] | undefined {
  if (repositories === undefined) return undefined;
  if (!Array.isArray(repositories) || repositories.length === 0 || repositories.length > repositoriesMax) {
    throw malformed(`repositories is no list of 1 to ${repositoriesMax} patterns`);
  }
  return repositories.map((pattern: unknown) => parseRepositoryPattern(typeof pattern === 'string' ? pattern : ''));
}

function malformed(message: string): InputError {
  return new InputError({ code: 'REQUEST_INVALID', message });
}
