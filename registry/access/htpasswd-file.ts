/** Users that another program keeps in an htpasswd file, which is read again when it changes. */
import { createHmac, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { HtpasswdConfig } from '../../core/embedded-config.ts';
import { InputError } from '../../errors/errors.ts';
import { openBcrypt } from './bcrypt.ts';
import { followFile } from './followed-file.ts';
import { type Holder, versionOf } from './holder.ts';
import { type HtpasswdUser, htpasswdSizeBytesMax, parseHtpasswd } from './htpasswd-lines.ts';
import { openVerifiedPasswords } from './verified-passwords.ts';

export interface HtpasswdFile {
  /** Who it is when the password was found right a moment ago; never computes anything. */
  recognize(username: string, password: string): Promise<Holder | undefined>;
  /**
   * Whose password it is; undefined when it is nobody's. Takes as long for a name that is not in the file.
   * @throws TransportError SIGN_IN_BUSY when too many sign-ins wait already.
   */
  identify(username: string, password: string): Promise<Holder | undefined>;
  /** The user by name; undefined when the file has none. */
  recall(name: string): Promise<Holder | undefined>;
  close(): Promise<void>;
}

/** What became of a changed file. */
export type HtpasswdEvent =
  | { readonly kind: 'htpasswd-loaded'; readonly path: string; readonly users: number }
  /** It is told once for each change; the users from before stay. */
  | { readonly kind: 'htpasswd-refused'; readonly path: string; readonly code: string; readonly message: string };

export interface HtpasswdInit extends HtpasswdConfig {
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  readonly onEvent: (event: HtpasswdEvent) => void;
}

/**
 * The file, read.
 * @throws InputError HTPASSWD_INVALID when it is not there, too large, or has a line that is wrong.
 */
export async function openHtpasswdFile({ file, role, now, onEvent }: HtpasswdInit): Promise<HtpasswdFile> {
  const bcrypt = openBcrypt();
  const verified = openVerifiedPasswords(now);
  const stand = standInHash();
  const followed = await followFile({
    path: file,
    read: () => readUsers(file),
    onLoaded: (users) => onEvent({ kind: 'htpasswd-loaded', path: file, users: users.size }),
    onRefused: ({ code, message }) => onEvent({ kind: 'htpasswd-refused', path: file, code, message }),
  });

  function holderOf(user: HtpasswdUser | undefined): Holder | undefined {
    if (user === undefined) return undefined;
    const { name, hash } = user;
    return { member: { name, role }, credential: { kind: 'htpasswd', id: name }, version: versionOf({ role, hash }) };
  }

  return {
    async recognize(username, password) {
      const user = (await followed.current()).get(username);
      return user !== undefined && verified.isKnown({ username, password, storedHash: user.hash })
        ? holderOf(user)
        : undefined;
    },
    async identify(username, password) {
      const all = await followed.current();
      const user = all.get(username);
      const hash = user?.hash ?? stand(username, [...all.values()]);
      const shown = { username, password, storedHash: user?.hash };
      const isRight = await verified.verify(shown, () => bcrypt.verify(password, hash));
      return isRight ? holderOf(user) : undefined;
    },
    recall: async (name) => holderOf((await followed.current()).get(name)),
    close: () => bcrypt.close(),
  };
}

/** Cost of the one hash that stands in where the file has no user at all. */
const costWithoutUsers = 10;

/** Names a hash for a name that is not in the file: always the same one, of a cost that some user's has. */
function standInHash(): (name: string, users: readonly HtpasswdUser[]) => string {
  const key = randomBytes(32);
  return (name, users) => {
    const lot = createHmac('sha256', key).update(name).digest().readUInt32BE();
    const cost = users[lot % Math.max(1, users.length)]?.cost ?? costWithoutUsers;
    return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
  };
}

async function readUsers(path: string): Promise<ReadonlyMap<string, HtpasswdUser>> {
  return parseHtpasswd(await readText(path), path);
}

async function readText(path: string): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > htpasswdSizeBytesMax) throw unreadable(path, `larger than ${htpasswdSizeBytesMax} bytes`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw unreadable(path, why, error);
  }
}

function unreadable(path: string, why: string, cause?: unknown): InputError {
  return new InputError({ code: 'HTPASSWD_INVALID', message: `not a file of users: ${path}: ${why}`, cause });
}
