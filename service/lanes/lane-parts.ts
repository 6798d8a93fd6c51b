/** What working in a lane takes: given once to a worker, and by it to every drain. */
import type { Redis } from 'ioredis';
import type { Command } from '../../core/command.ts';
import type { EnvironmentConfig } from '../../core/config.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import type { CopyMemory } from '../../oci/copy/copy-memory.ts';
import type { FailedReferrer } from '../../oci/copy/referrers/referrer-report.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { StepName } from '../../promotion/lane.ts';
import type { Bell } from './bell.ts';

export interface LaneParts {
  readonly redis: Redis;
  readonly bell: Bell;
  /** Where a lane's tags live. @throws NotFoundError for names that are no longer configured. */
  readonly placeOf: (lane: LaneKey) => Promise<LanePlace>;
  /** Where a command's content is read from. */
  readonly sourceOf: (command: Command, environment: EnvironmentConfig) => Target;
  /** Shared by every lane of the process, so that what one brings to a registry the others mount. */
  readonly copyMemory: CopyMemory;
  readonly now: () => number;
  readonly newId: () => string;
  readonly onStep: (step: LaneStepName, lane: LaneKey) => Promise<void>;
  readonly onLaneEvent: (event: LaneEvent) => void;
}

export interface LanePlace {
  readonly environment: EnvironmentConfig;
  readonly target: Target;
  /** The same repository, whose requests wait for no others. */
  readonly targetOfRollback: Target;
}

/** Steps of a drain, before and between those of an entry. */
export type LaneStepName = StepName | 'begin' | 'list' | 'decide' | 'import' | 'repair';

/** What a worker tells its log. */
export type LaneEvent =
  | { readonly kind: 'obeyed'; readonly lane: LaneKey; readonly step: string }
  | { readonly kind: 'fenced'; readonly lane: LaneKey }
  | {
      readonly kind: 'deferred';
      readonly lane: LaneKey;
      readonly id: string;
      readonly error: unknown;
      readonly delayMs: number;
    }
  | { readonly kind: 'failed' | 'refused'; readonly lane: LaneKey; readonly id: string; readonly error: unknown }
  | {
      readonly kind: 'referrers';
      readonly lane: LaneKey;
      readonly id: string;
      readonly failed: readonly FailedReferrer[];
    }
  | { readonly kind: 'stopped'; readonly lane: LaneKey; readonly error: unknown }
  | { readonly kind: 'fork'; readonly lane: LaneKey; readonly number: number }
  | { readonly kind: 'trouble'; readonly error: unknown };
