/** The tokens that the service makes for itself: the administrator's first one, and the one its parts sign in with. */
import { randomUUID } from 'node:crypto';
import type { Role } from '../../core/access.ts';
import type { HtpasswdConfig } from '../../core/embedded-config.ts';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import { isUnwritable, readFileIfPresent, writeFileDurably } from '../../registry/disk/durable-file.ts';
import { adminTokenPath, serviceTokenPath } from '../process/part-settings.ts';

/** Role of the service's own parts: they pull, push and move environment tags. */
const serviceRole = 'service' satisfies Role;

/** What decides whether tokens are made. */
export interface FirstTokensInit {
  /** Whether no start was ever completed. */
  readonly isNew: boolean;
  /** Whether the registry runs alone: then no part signs in to it. */
  readonly registryOnly: boolean;
  /** Users that another program keeps. */
  readonly htpasswd: HtpasswdConfig | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What the parts and the person at the terminal need. */
export interface FirstTokens {
  /** Undefined when none could be made, and none is needed. */
  readonly serviceToken: string | undefined;
  /** Only when it was made just now. */
  readonly adminToken: string | undefined;
}

/**
 * The tokens, made where they are missing. Each is left in a file that only its owner can read.
 *
 * The administrator's is part of the first start: repeated while that was never completed, so that it cannot be lost, and
 * when there is no administrator any more, because nobody else could make one. Its file, removed on purpose, does not
 * come back. A start after the first one goes without what a full or read-only disk does not let it make, but for the token
 * that its parts need.
 */
export async function ensureTokens(
  dataDirectory: string,
  access: AccessDirectory,
  { isNew, registryOnly, htpasswd, now }: FirstTokensInit,
): Promise<FirstTokens> {
  const admin = { name: 'admin', role: 'admin', path: adminTokenPath(dataDirectory) } as const;
  const service = { name: 'service', role: serviceRole, path: serviceTokenPath(dataDirectory) } as const;
  const adminMissing = isNew || !(htpasswd?.role === 'admin' || (await access.hasAdministrator()));
  return {
    adminToken: adminMissing ? await ensureToken(access, { ...admin, mayLack: !isNew }, now) : undefined,
    serviceToken: await ensureToken(access, { ...service, mayLack: !isNew && registryOnly }, now),
  };
}

interface KeptToken {
  readonly name: string;
  readonly role: Role;
  readonly path: string;
  /** Whether to go without where the disk takes no writes. */
  readonly mayLack: boolean;
}

/** The token in the file if it still has its role, else a new one. */
async function ensureToken(access: AccessDirectory, token: KeptToken, now: number): Promise<string | undefined> {
  const kept = (await readFileIfPresent(token.path))?.toString('utf8').trim() ?? '';
  const actor = kept === '' ? undefined : await access.authenticate(undefined, kept);
  if (actor?.role === token.role) return kept;
  try {
    const { secret } = await access.createToken({ name: token.name, role: token.role }, now);
    await writeFileDurably(token.path, `${secret}\n`, `${token.path}.${randomUUID()}`);
    return secret;
  } catch (error) {
    if (token.mayLack && isUnwritable(error)) return undefined;
    throw error;
  }
}
