/** Where the demo's images are made: with the chosen builder, or with our own when that one does not work here. */

import { ownBuilder } from './build-with-nothing.ts';
import type { Builder, BuildJob } from './builder.ts';

export interface Workshop {
  /** In words: `with buildah`. */
  how(): string;
  commandsFor(job: BuildJob): readonly string[];
  buildAndPush(job: BuildJob): Promise<void>;
}

/** A workshop; `onFallback` is told once when the builder fails and ours takes its place. */
export function openWorkshop(chosen: Builder, onFallback: (why: string) => void): Workshop {
  let builder = chosen;
  return {
    how: () => (builder.name === 'none' ? 'from plain files, without any container tool,' : `with ${builder.name}`),
    commandsFor: (job) => builder.commandsFor(job),
    buildAndPush: async (job) => {
      try {
        await builder.buildAndPush(job);
      } catch (error) {
        // A tool that is installed need not work: in many containers it may not. Ours needs nothing.
        if (job.signal.aborted || builder === ownBuilder) throw error;
        onFallback(error instanceof Error ? error.message : String(error));
        builder = ownBuilder;
        await builder.buildAndPush(job);
      }
    },
  };
}
