/**
 * Releases that run at the same time on one repository, one request about tags after the other: whose is next is drawn,
 * so that every run can be repeated. Nothing waits for a clock.
 */
import { setImmediate as settle } from 'node:timers/promises';
import type { Target } from '../../oci/copy/target.ts';
import { isDigest } from '../../oci/spec/digest.ts';
import type { Draw } from '../core/ladder-race.ts';

/** Gives out turns. */
export interface Turns {
  /** Resolves when it is the caller's turn; never for one that was killed. */
  take(who: string): Promise<void>;
  /** Whoever it is gets no more turns after so many. */
  killAfter(who: string, turns: number): void;
  /** Lets one at a time go on, until every work has ended or hangs because it was killed. */
  run(works: readonly Promise<unknown>[]): Promise<void>;
}

/** Turns that are drawn. */
export function openTurns(draw: Draw): Turns {
  const waiting: { readonly who: string; readonly go: () => void }[] = [];
  const left = new Map<string, number>();
  const hanging = new Set<string>();
  return {
    take(who) {
      const turns = left.get(who) ?? Number.POSITIVE_INFINITY;
      left.set(who, turns - 1);
      if (turns <= 0) hanging.add(who);
      return turns <= 0 ? new Promise(() => undefined) : new Promise((go) => waiting.push({ who, go }));
    },
    killAfter: (who, turns) => void left.set(who, turns),
    async run(works) {
      let ended = 0;
      const end = () => {
        ended += 1;
      };
      for (const work of works) work.then(end, end);
      for (;;) {
        // Everything that needs no turn goes on first.
        await settle();
        const [next] = waiting.length === 0 ? [] : waiting.splice(draw(waiting.length), 1);
        if (next !== undefined) next.go();
        else if (ended + hanging.size >= works.length) return;
      }
    },
  };
}

/** How a registry takes several tags. */
export type TagPower = 'one by one' | 'at once' | 'side by side';

/** The store as one release sees it: each request about a tag or the list of them takes a turn. */
export function inTurns(store: Target, turns: Turns, who: string, power: TagPower): Target {
  const pushTag: Target['pushTag'] = async (tag, manifest, options) => {
    await turns.take(who);
    await store.pushTag(tag, manifest, options);
  };
  return {
    ...store,
    async resolve(tagOrDigest, signal) {
      if (!isDigest(tagOrDigest)) await turns.take(who);
      return await store.resolve(tagOrDigest, signal);
    },
    async *listTags(signal) {
      await turns.take(who);
      yield* store.listTags(signal);
    },
    pushTag,
    ...(power === 'one by one'
      ? {}
      : {
          async pushTags(tags, manifest, options) {
            if (power === 'at once') {
              await turns.take(who);
              for (const tag of tags) await store.pushTag(tag, manifest, options);
            } else await Promise.all(tags.map((tag) => pushTag(tag, manifest, options)));
          },
        }),
  };
}
