/** A command of a lane: what somebody asked for, as it waits in the mailbox. */
import type { Digest } from '../oci/spec/digest.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';

/** A promotion moves a release up; a rollback goes back to one that was current here before. */
export type CommandKind = 'promotion' | 'rollback';

export interface Command {
  readonly id: string;
  readonly kind: CommandKind;
  readonly digest: Digest;
  /** Exact version, when the release has one; a promotion then writes its exact tag. */
  readonly version: string | undefined;
  /** Where the content is read from; the target itself for a rollback. */
  readonly source: CommandSource;
  readonly planId: string;
  readonly actor: string;
  /** True when no person asked: a hold stops such commands. */
  readonly automatic: boolean;
  readonly reason: string | undefined;
  /** ISO 8601, UTC. */
  readonly requestedAt: string;
  /** Run id of the Redis that accepted it. Rule: lane-protocol, "5a". */
  readonly runId: string;
}

/** A repository of a configured registry. */
export interface CommandSource {
  /** Name of a registry in the configuration. */
  readonly registry: string;
  readonly repository: RepositoryName;
}
