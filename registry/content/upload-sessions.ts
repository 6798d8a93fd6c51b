/** The uploads under way. They live as long as this process: a client whose session is gone begins again. */
import { randomUUID } from 'node:crypto';
import type { DigestAlgorithm } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { RegistryLimits } from '../registry-limits.ts';
import type { Storage } from '../storage.ts';
import { UploadSession } from './upload-session.ts';

export interface UploadSessions {
  /** A new session; undefined when the owner has too many, or all of them together are too many or too large. */
  open(repository: RepositoryName, owner: string, algorithm: DigestAlgorithm): Promise<UploadSession | undefined>;
  /** The session, if it is of this repository and this owner; to anybody else it does not exist. */
  find(id: string, repository: RepositoryName, owner: string): UploadSession | undefined;
  /** Forgets a session that was finished or cancelled. */
  remove(session: UploadSession): void;
  /** How many there are. */
  openCount(): number;
  /** Throws all of them away. */
  close(): Promise<void>;
}

interface OpenSession {
  readonly session: UploadSession;
  readonly expiry: NodeJS.Timeout;
}

type SessionLimits = Pick<RegistryLimits, 'sessionIdleMs' | 'sessionsPerActorMax' | 'sessionsMax' | 'uploadedBytesMax'>;

/** No uploads yet. */
export function openUploadSessions(storage: Storage, limits: SessionLimits): UploadSessions {
  const sessions = new Map<string, OpenSession>();
  const countByOwner = new Map<string, number>();
  /** Those that are being opened as well. */
  let counted = 0;

  function count(owner: string, change: number): void {
    const ofOwner = (countByOwner.get(owner) ?? 0) + change;
    if (ofOwner === 0) countByOwner.delete(owner);
    else countByOwner.set(owner, ofOwner);
    counted += change;
  }

  /** What those at one moment have received: looked at only when one begins. */
  function isFull(): boolean {
    if (counted >= limits.sessionsMax) return true;
    let bytes = 0;
    for (const { session } of sessions.values()) bytes += session.sizeBytes;
    return bytes >= limits.uploadedBytesMax;
  }

  function remove(session: UploadSession): void {
    const known = sessions.get(session.id);
    if (known === undefined) return;
    clearTimeout(known.expiry);
    sessions.delete(session.id);
    count(session.owner, -1);
  }

  /** A session in use is not idle, however long the one request takes: the clock starts again. */
  async function expire(session: UploadSession): Promise<void> {
    const discarded = await session.exclusively(async () => {
      remove(session);
      await session.discard();
      return true;
    });
    if (discarded === undefined) sessions.get(session.id)?.expiry.refresh();
  }

  return {
    async open(repository, owner, algorithm) {
      if ((countByOwner.get(owner) ?? 0) >= limits.sessionsPerActorMax || isFull()) return undefined;
      count(owner, 1);
      try {
        const staging = await storage.openStaging();
        const session = new UploadSession({ id: randomUUID(), repository, owner, staging, algorithm });
        const expiry = setTimeout(() => void expire(session).catch(() => {}), limits.sessionIdleMs).unref();
        sessions.set(session.id, { session, expiry });
        return session;
      } catch (error) {
        count(owner, -1);
        throw error;
      }
    },
    find(id, repository, owner) {
      const known = sessions.get(id);
      if (known?.session.repository !== repository || known.session.owner !== owner) return undefined;
      known.expiry.refresh();
      return known.session;
    },
    remove,
    openCount: () => sessions.size,
    async close() {
      const open = [...sessions.values()];
      for (const { session } of open) remove(session);
      await Promise.all(open.map(({ session }) => session.discard()));
    },
  };
}
