/** Where the demo's images are made: with the chosen builder, or with our own when that one does not work here. */
import type { Builder } from '../../release/builders/builder.ts';
import { nothingBuilder } from '../../release/builders/none/build-with-nothing.ts';
import { buildAndPush } from './build-and-push.ts';
import type { BuildJob } from './build-job.ts';

export interface Workshop {
  /** In words: `with buildah`. */
  how(): string;
  /** What one would type to do the same, command by command. */
  commandsFor(job: BuildJob): readonly string[];
  buildAndPush(job: BuildJob): Promise<void>;
}

/** A workshop; `onFallback` is told once when the builder fails and ours takes its place. */
export function openWorkshop(chosen: Builder, onFallback: (why: string) => void): Workshop {
  let builder = chosen;
  return {
    how: () => (builder.name === 'none' ? 'from plain files, without any container tool,' : `with ${builder.name}`),
    commandsFor: (job) => commandsFor(builder, job),
    buildAndPush: async (job) => {
      try {
        await buildAndPush(builder, job);
      } catch (error) {
        // A tool that is installed need not work: in many containers it may not. Ours needs nothing.
        if (job.signal.aborted || builder.name === 'none') throw error;
        onFallback(error instanceof Error ? error.message : String(error));
        builder = nothingBuilder;
        await buildAndPush(builder, { ...job, directory: `${job.directory}-again` });
      }
    },
  };
}

function commandsFor({ name }: Builder, { registry, repository, tag }: BuildJob): readonly string[] {
  const image = `${registry}/${repository}:${tag}`;
  const tool = name === 'none' ? 'docker' : name;
  // What is served on the loopback has no certificate, which docker alone takes for granted.
  const push = tool === 'docker' ? 'docker push' : `${tool} push --tls-verify=false`;
  return [`${tool} build -t ${image} .`, `${push} ${image}`];
}
