/** How the demo's image is built and pushed: with the container tool that is there, or with none. */
import type { Tag } from '../../oci/spec/tag.ts';
import type { Environment } from '../shell.ts';
import type { DemoFile } from './demo-file.ts';

export const builderNames = ['buildah', 'docker', 'podman', 'none'] as const;

export type BuilderName = (typeof builderNames)[number];

/** Where to build, where to push to, and with whose token. */
export interface BuildJob {
  /** A directory of the demo's own. */
  readonly directory: string;
  readonly files: readonly DemoFile[];
  /** Host and port of the registry. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: Tag;
  readonly version: string;
  readonly token: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** A way to build and push. */
export interface Builder {
  readonly name: BuilderName;
  /** What one would type to do the same, command by command. */
  commandsFor(job: Pick<BuildJob, 'registry' | 'repository' | 'tag'>): readonly string[];
  /** Builds and pushes; throws an Error when the tool fails. Leaves nothing outside the job's directory. */
  buildAndPush(job: BuildJob): Promise<void>;
}

/** The name a job's image has for container tools. */
export function imageName(job: Pick<BuildJob, 'registry' | 'repository' | 'tag'>): string {
  return `${job.registry}/${job.repository}:${job.tag}`;
}
