/**
 * Users and tokens, in one file that registry and service share though they are different processes.
 *
 * A token works as the password of any user name (`docker login -u ci -p rat_…`) and alone, as a bearer token.
 */
import { anonymousName, evaluateAccess, type Member, type Role } from '../../core/access.ts';
import { isMemberName, memberNameCharsMax } from '../../core/member-name.ts';
import type { RepositoryPattern } from '../../core/repository-pattern.ts';
import { ConflictError, InputError } from '../../errors/errors.ts';
import type { StoredToken, TokenRecord, UserRecord } from './access-records.ts';
import { type AccessStore, openAccessStore } from './access-store.ts';
import { type CredentialName, type Holder, versionOf } from './holder.ts';
import type { HtpasswdFile } from './htpasswd-file.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { passwordFault } from './password-rule.ts';
import { looksLikeToken, mintToken, parseToken, verifySecret } from './token-secret.ts';
import { openVerifiedPasswords } from './verified-passwords.ts';

export interface AccessDirectory {
  /**
   * Whose secret it is; undefined when it is nobody's. Takes as long for a user who does not exist as for one who does.
   * @throws TransportError SIGN_IN_BUSY when too many sign-ins wait already.
   */
  authenticate(username: string | undefined, secret: string): Promise<Member | undefined>;
  /** The same with what is needed to ask again. */
  identify(username: string | undefined, secret: string): Promise<Holder | undefined>;
  /** Who holds the credential now; undefined when it is gone or has expired. No secret is verified. */
  recall(credential: CredentialName): Promise<Holder | undefined>;
  /** A new token; `secret` is its whole text, shown this once. Times are epoch milliseconds. */
  createToken(init: TokenInit, now: number): Promise<{ readonly id: string; readonly secret: string }>;
  /** Every token in the order of its making, the expired ones too. */
  listTokens(): Promise<readonly TokenRecord[]>;
  /** Ends the token at once, in every process; false when there is none of that id. */
  revokeToken(id: string): Promise<boolean>;
  /**
   * Adds the user, whose password is good at once and everywhere.
   * @throws InputError PASSWORD_INVALID, which never tells the password; ConflictError USER_EXISTS unless `replaces`.
   */
  createUser(init: UserInit): Promise<void>;
  /** Every user by name. */
  listUsers(): Promise<readonly Member[]>;
  /** Ends the user's password at once, in every process; false when there is none of that name. */
  removeUser(name: string): Promise<boolean>;
  /** Whether there is anybody, of those in this file, who may look after users and tokens. */
  hasAdministrator(): Promise<boolean>;
  close(): Promise<void>;
}

export interface TokenInit {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt?: number;
  /** What the role is limited to; undefined: it holds everywhere. */
  readonly repositories?: readonly RepositoryPattern[] | undefined;
}

export interface UserInit {
  readonly name: string;
  readonly password: string;
  readonly role: Role;
  /** Whether a user of that name gets this password and role. */
  readonly replaces?: boolean;
}

export interface AccessFileOptions {
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Users that another program keeps; a user of the file's own goes before one of the same name. Closed with the directory. */
  readonly htpasswd?: HtpasswdFile | undefined;
}

export const defaultAccessFileOptions: AccessFileOptions = { now: Date.now };

/**
 * The directory in the file, which is made by the first user or token.
 * @throws InputError ACCESS_FILE_INVALID.
 */
export async function openAccessFile(
  path: string,
  options: AccessFileOptions = defaultAccessFileOptions,
): Promise<AccessDirectory> {
  const store = openAccessStore(path);
  await store.read();
  const { now, htpasswd } = options;
  const verified = openVerifiedPasswords(now);

  async function identify(username: string | undefined, secret: string): Promise<Holder | undefined> {
    if (looksLikeToken(secret)) return identifyToken(store, secret, now());
    if (username === undefined) return undefined;
    const user = (await store.read()).users.find(({ name }) => name === username);
    const recognized = user === undefined ? await htpasswd?.recognize(username, secret) : undefined;
    if (recognized !== undefined) return recognized;
    const shown = { username, password: secret, storedHash: user?.password.hash };
    const isRight = await verified.verify(shown, () => verifyPassword(secret, user?.password));
    if (isRight && user !== undefined) return userHolder(user);
    // Asked in any case, so that time does not tell which of the two knows the name, or that neither does.
    const other = await htpasswd?.identify(username, secret);
    return user === undefined ? other : undefined;
  }

  return {
    authenticate: async (username, secret) => (await identify(username, secret))?.member,
    identify,
    async recall({ kind, id }) {
      const { users, tokens } = await store.read();
      const user = kind === 'token' ? undefined : users.find(({ name }) => name === id);
      if (kind === 'htpasswd') return user === undefined ? await htpasswd?.recall(id) : undefined;
      if (user !== undefined) return userHolder(user);
      const token = kind === 'token' ? tokens.find((each) => each.id === id) : undefined;
      return token === undefined ? undefined : tokenHolder(token, now());
    },
    async createToken({ name, role, expiresAt, repositories }, createdAt) {
      assertName(name);
      const { id, text, secretHash } = mintToken();
      const limits = {
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(repositories === undefined ? {} : { repositories }),
      };
      const token = { id, name, role, createdAt, ...limits, secretHash };
      await store.update((records) => ({ ...records, tokens: [...records.tokens, token] }));
      return { id, secret: text };
    },
    async listTokens() {
      return (await store.read()).tokens.map(({ secretHash: _, ...token }) => token);
    },
    revokeToken: (id) =>
      store.update((records) => {
        const tokens = records.tokens.filter((token) => token.id !== id);
        return tokens.length === records.tokens.length ? undefined : { ...records, tokens };
      }),
    async createUser({ name, password, role, replaces = false }) {
      assertName(name);
      assertPassword(password);
      const user: UserRecord = { name, role, password: await hashPassword(password) };
      await store.update((records) => {
        const others = records.users.filter((known) => known.name !== name);
        if (!replaces && others.length < records.users.length) throw userExists(name);
        return { ...records, users: [...others, user] };
      });
    },
    async listUsers() {
      const users = (await store.read()).users.map(({ name, role }) => ({ name, role }));
      return users.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    },
    removeUser: (name) =>
      store.update((records) => {
        const users = records.users.filter((user) => user.name !== name);
        return users.length === records.users.length ? undefined : { ...records, users };
      }),
    async hasAdministrator() {
      const { users, tokens } = await store.read();
      const members = [...users, ...tokens.map((token) => tokenHolder(token, now())?.member)];
      return members.some((member) => member !== undefined && evaluateAccess(member, 'administer', {}).allowed);
    },
    close: async () => await htpasswd?.close(),
  };
}

async function identifyToken(store: AccessStore, text: string, now: number): Promise<Holder | undefined> {
  const token = parseToken(text);
  const stored = (await store.read()).tokens.find(({ id }) => id === token?.id);
  if (token === undefined || stored === undefined || !verifySecret(token.secret, stored.secretHash)) return undefined;
  return tokenHolder(stored, now);
}

function userHolder(user: UserRecord): Holder {
  const { name, role } = user;
  return { member: { name, role }, credential: { kind: 'user', id: name }, version: versionOf(user) };
}

/** Undefined for a token that has expired. */
function tokenHolder(token: StoredToken, now: number): Holder | undefined {
  const { id, name, role, expiresAt, repositories } = token;
  if (expiresAt !== undefined && expiresAt <= now) return undefined;
  const member = { name, role, ...(repositories === undefined ? {} : { repositories }) };
  return { member, credential: { kind: 'token', id }, version: versionOf(token) };
}

function assertName(name: string): void {
  if (isMemberName(name)) return;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `not a name for a user or token: ${JSON.stringify(name)}`,
    wayOut: `write at most ${memberNameCharsMax} letters, digits and . _ @ -, beginning with a letter or digit, and not ${anonymousName}`,
  });
}

function userExists(name: string): ConflictError {
  return new ConflictError({ code: 'USER_EXISTS', message: `there is a user of that name: ${name}` });
}

function assertPassword(password: string): void {
  const fault = passwordFault(password);
  if (fault === undefined) return;
  throw new InputError({ code: 'PASSWORD_INVALID', message: `not a password: ${fault}` });
}
