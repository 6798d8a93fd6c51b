/** All parts of one service: started side by side, closed in the order in which they need each other. */
import { portOf } from '../embedded-registry.ts';
import { type KeptPart, keepPart } from './keep-part.ts';
import type { ServiceEvent } from './service-event.ts';
import type { PartCommand } from './start-part.ts';

/** Who needs whom: the first are closed first. */
const closeOrder = ['service', 'registry', 'redis'] as const;

/** The place of a part in the order of closing. */
export type PartRank = (typeof closeOrder)[number];

/** The parts, started and still to start. */
export interface PartSet {
  /** Aborted when a start fails or is given up. */
  readonly signal: AbortSignal;
  /** Starts a part and keeps it; `command` is given the port it had before a restart. */
  keep(rank: PartRank, name: string, command: (portBefore: number | undefined) => PartCommand): Promise<KeptPart>;
  /** Resolves when all are started; when one fails the others give up first, so that none starts behind our back. */
  all<Started>(starts: readonly Promise<Started>[]): Promise<Started[]>;
  /** Closes every part. */
  close(): Promise<void>;
}

/** An empty set; aborting `giveUp` ends starts that are under way. */
export function openPartSet(onEvent: (event: ServiceEvent) => void, giveUp: AbortSignal | undefined): PartSet {
  const parts: { readonly rank: PartRank; readonly part: KeptPart }[] = [];
  const failed = new AbortController();
  const signal = giveUp === undefined ? failed.signal : AbortSignal.any([failed.signal, giveUp]);

  return {
    signal,
    keep: async (rank, name, command) => {
      const part = await keepPart({
        name,
        onEvent,
        signal,
        command: (url) => command(url === undefined ? undefined : portOf(new URL(url))),
      });
      parts.push({ rank, part });
      return part;
    },
    all: async (starts) => {
      try {
        return await Promise.all(starts);
      } catch (error) {
        failed.abort(error);
        await Promise.allSettled(starts);
        throw error;
      }
    },
    close: async () => {
      for (const rank of closeOrder) {
        const these = parts.filter((entry) => entry.rank === rank);
        await Promise.all(these.map(({ part }) => closePart(part, onEvent)));
      }
    },
  };
}

async function closePart(part: KeptPart, onEvent: (event: ServiceEvent) => void): Promise<void> {
  await part.close();
  onEvent({ kind: 'part-closed', part: part.name });
}
