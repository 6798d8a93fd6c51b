/** What a release works with, given by the door it came through. */
import type { Timing } from '../oci/client/wire/timing.ts';
import type { Target } from '../oci/copy/target.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import type { Builder, BuildParts, BuildRequest } from './builders/builder.ts';
import type { ReleaseEvent } from './release-event.ts';

export interface ReleaseParts {
  /** Opens a repository to read and write; nothing is asked of it yet. `Registries` is one of these. */
  readonly registries: { repository(registry: string, name: RepositoryName): Promise<Target> };
  /** The builder that was named, or the first that works here. */
  readonly chooseBuilder: (wanted: BuildRequest, parts: BuildParts) => Promise<Builder>;
  /** What builders run in; the rest of what they work with is the release's own. */
  readonly surroundings: Pick<BuildParts, 'env' | 'cwd' | 'scratch'>;
  readonly timing?: Pick<Timing, 'now' | 'sleep'>;
}

export interface ReleaseOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ReleaseEvent) => void;
}
