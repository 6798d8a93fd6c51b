/** What the access file says: users with hashed passwords, and hashed tokens. */

import { type Role, roles } from '../../core/access.ts';
import {
  parseRepositoryPattern,
  type RepositoryPattern,
  repositoryPatternFault,
} from '../../core/repository-pattern.ts';
import { InputError } from '../../errors/errors.ts';
import { parseJson, parseObject } from '../json-object.ts';
import type { PasswordHash } from './password.ts';

export interface UserRecord {
  readonly name: string;
  readonly role: Role;
  readonly password: PasswordHash;
}

/** A token without its secret. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds; undefined when it never expires. */
  readonly expiresAt?: number;
  /** What the role is limited to; undefined: it holds everywhere. */
  readonly repositories?: readonly RepositoryPattern[];
}

export interface StoredToken extends TokenRecord {
  readonly secretHash: string;
}

export interface AccessRecords {
  readonly users: readonly UserRecord[];
  readonly tokens: readonly StoredToken[];
}

export const noAccessRecords: AccessRecords = { users: [], tokens: [] };

/** Version of the file's form. Both are read. */
const accessSchema = 1;
/** With limits, which a program that knows the first form alone must not overlook. */
const limitedSchema = 2;

/** The file's text for the records. */
export function formatAccessRecords(records: AccessRecords): string {
  const isLimited = records.tokens.some(({ repositories }) => repositories !== undefined);
  const schema = isLimited ? limitedSchema : accessSchema;
  return `${JSON.stringify({ schema, ...records }, undefined, 2)}\n`;
}

/**
 * The records in a file's text.
 * @throws InputError ACCESS_FILE_INVALID, which never quotes the content.
 */
export function parseAccessRecords(text: string, path: string): AccessRecords {
  const invalid = (why: string) =>
    new InputError({ code: 'ACCESS_FILE_INVALID', message: `access file unreadable: ${path}: ${why}` });
  const document = parseObject(parseJson(text));
  if (document === undefined) throw invalid('not a JSON object');
  if (![accessSchema, limitedSchema].some((known) => document['schema'] === known)) {
    throw invalid(`schema is neither ${accessSchema} nor ${limitedSchema}`);
  }
  const users = parseList(document['users'], parseUser);
  const tokens = parseList(document['tokens'], parseStoredToken);
  if (users === undefined) throw invalid('users are malformed');
  if (tokens === undefined) throw invalid('tokens are malformed');
  return { users, tokens };
}

function parseUser(value: unknown): UserRecord | undefined {
  const user = parseObject(value);
  const role = parseRole(user?.['role']);
  const password = parsePassword(user?.['password']);
  const name = user?.['name'];
  return typeof name !== 'string' || role === undefined || password === undefined
    ? undefined
    : { name, role, password };
}

function parsePassword(value: unknown): PasswordHash | undefined {
  const { algorithm, cost, blockSize, parallelization, salt, hash } = parseObject(value) ?? {};
  if (algorithm !== 'scrypt' || typeof salt !== 'string' || typeof hash !== 'string') return undefined;
  if (typeof cost !== 'number' || typeof blockSize !== 'number' || typeof parallelization !== 'number')
    return undefined;
  return { algorithm, cost, blockSize, parallelization, salt, hash };
}

function parseStoredToken(value: unknown): StoredToken | undefined {
  const token = parseObject(value) ?? {};
  const { id, name, createdAt, expiresAt, secretHash } = token;
  const role = parseRole(token['role']);
  if (typeof id !== 'string' || typeof name !== 'string' || typeof secretHash !== 'string') return undefined;
  if (role === undefined || typeof createdAt !== 'number') return undefined;
  if (expiresAt !== undefined && typeof expiresAt !== 'number') return undefined;
  const limit = token['repositories'] === undefined ? {} : parseLimit(token['repositories']);
  if (limit === undefined) return undefined;
  return { id, name, role, createdAt, ...(expiresAt === undefined ? {} : { expiresAt }), ...limit, secretHash };
}

function parseLimit(value: unknown): { readonly repositories: readonly RepositoryPattern[] } | undefined {
  const repositories = parseList(value, (text) => {
    return typeof text === 'string' && repositoryPatternFault(text) === undefined
      ? parseRepositoryPattern(text)
      : undefined;
  });
  return repositories && { repositories };
}

function parseRole(value: unknown): Role | undefined {
  return roles.find((role) => role === value);
}

function parseList<Entry>(value: unknown, parseEntry: (value: unknown) => Entry | undefined): Entry[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.map(parseEntry).filter((entry) => entry !== undefined);
  return entries.length === value.length ? entries : undefined;
}
