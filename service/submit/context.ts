/** What the one door works with. */
import type { Redis } from 'ioredis';
import type { Actor } from '../../core/access.ts';
import type { AppConfig, Config, EnvironmentConfig } from '../../core/config.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import type { Bell } from '../lanes/bell.ts';
import type { Registries } from '../open-registries.ts';

export interface SubmitContext {
  readonly redis: Redis;
  readonly config: Config;
  readonly registries: Registries;
  readonly bell: Bell;
  readonly now: () => number;
  /** Random text of at least 128 bits, without colons. */
  readonly newId: () => string;
  /** Called as each named step is about to be taken. */
  readonly onStep: (step: SubmitStepName, lane: LaneKey) => Promise<void>;
}

/** The named steps of a submission, in order: before the first nothing is queued, behind it the command is durable. */
export const submitStepNames = ['accept', 'ring', 'answer'] as const;
export type SubmitStepName = (typeof submitStepNames)[number];

/** The app and environment of a request, found. */
export interface Place {
  readonly app: AppConfig;
  readonly environment: EnvironmentConfig;
}

/** Who asks, and how a repeated request is recognised. */
export interface Asked {
  readonly actor: Actor;
  readonly automatic: boolean;
  readonly idempotencyKey: string | undefined;
}
