/** The lines of an htpasswd file, as `htpasswd -B` writes them: a name, a colon, a bcrypt hash. */
import { anonymousName } from '../../core/access.ts';
import { InputError } from '../../errors/errors.ts';

/** Largest file that is read: some ten thousand users. */
export const htpasswdSizeBytesMax = 1024 * 1024;

/** Costliest hash: a second or two of work for every sign-in. Each step more takes twice as long. */
export const bcryptCostMax = 14;

export interface HtpasswdUser {
  readonly name: string;
  /** `$2a$`, `$2b$` or `$2y$`, two digits of cost, 53 characters. */
  readonly hash: string;
  /** Binary logarithm of its rounds. */
  readonly cost: number;
}

/**
 * The users in the file's text, by name.
 * @throws InputError HTPASSWD_INVALID with the number of the first line that is wrong; no line is quoted.
 */
export function parseHtpasswd(text: string, path: string): ReadonlyMap<string, HtpasswdUser> {
  const users = new Map<string, HtpasswdUser>();
  for (const [at, written] of text.split('\n').entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) continue;
    const user = parseLine(line);
    const fault = 'fault' in user ? user.fault : users.has(user.name) ? 'the user is there already' : undefined;
    if (fault !== undefined) throw invalid(path, at + 1, fault);
    if (!('fault' in user)) users.set(user.name, user);
  }
  return users;
}

const nameGrammar = /^[^\p{Cc}]{1,255}$/u;
const bcryptGrammar = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

function parseLine(line: string): HtpasswdUser | { readonly fault: string } {
  const colon = line.indexOf(':');
  if (colon < 0) return { fault: 'there is no colon' };
  const [name, hash] = [line.slice(0, colon), line.slice(colon + 1)];
  if (!nameGrammar.test(name)) return { fault: 'the name is empty, too long or has a control character' };
  if (name.toLowerCase() === anonymousName) return { fault: `${anonymousName} is nobody’s name` };
  const [, digits] = bcryptGrammar.exec(hash) ?? [];
  if (digits === undefined) return { fault: hashFault(hash) };
  const cost = Number(digits);
  if (cost < 4 || cost > 31) return { fault: 'the cost of the hash is not from 4 to 31' };
  if (cost > bcryptCostMax) return { fault: `the cost of the hash is more than ${bcryptCostMax}` };
  return { name, hash, cost };
}

/** What it is in the place of a bcrypt hash, as far as can be told. */
function hashFault(hash: string): string {
  if (/^\$2/.test(hash)) return 'the bcrypt hash is malformed';
  if (hash.startsWith('$apr1$')) return 'the hash is MD5, not bcrypt';
  if (hash.startsWith('{SHA}')) return 'the hash is SHA-1, not bcrypt';
  if (/^\$[56]\$/.test(hash)) return 'the hash is SHA-2, not bcrypt';
  return 'the password is not hashed by bcrypt';
}

function invalid(path: string, line: number, fault: string): InputError {
  return new InputError({
    code: 'HTPASSWD_INVALID',
    message: `not a file of users: ${path}: line ${line}: ${fault}`,
    fields: { line },
  });
}
