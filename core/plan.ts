/** The plan of a promotion or rollback: what will move where, as data that every door shows alike. */
import type { Digest } from '../oci/spec/digest.ts';
import { parseTag, type Tag } from '../oci/spec/tag.ts';
import type { CommandKind, CommandSource } from './command.ts';
import type { Decision } from './decision.ts';
import { exactTag, parseVersion } from './version.ts';

/** One release at one place: its digest and, when it has one, its version. */
export interface Release {
  readonly digest: Digest;
  readonly version: string | undefined;
}

export interface Plan {
  readonly planId: string;
  readonly kind: CommandKind;
  readonly app: string;
  readonly environment: string;
  readonly from: Release | undefined;
  readonly to: Release;
  readonly source: CommandSource;
  readonly target: CommandSource;
  /** Tags that will point at the digest, in the order in which they move; the environment's is last. */
  readonly tags: readonly Tag[];
  readonly decision: Decision;
  /** Whether automation stands still afterwards. */
  readonly willHold: boolean;
  /** Ids of waiting commands that this one removes. */
  readonly supersedes: readonly string[];
  /** Command line that takes it back. */
  readonly undo: string;
}

/** What a plan is made from: a resolved release and the gates’ decision. */
export type PlanRequest = Omit<Plan, 'planId' | 'tags' | 'willHold' | 'undo'>;

/** Digest of a text, as `algorithm:hex`; a parameter, because the domain has no cryptography of its own. */
export type HashText = (text: string) => string;

/** The plan for a request whose digest is resolved and whose gates have been evaluated. */
export function planMove(request: PlanRequest, hash: HashText): Plan {
  const tags = movedTags(request);
  return {
    ...request,
    planId: planId(request, tags, hash),
    tags,
    willHold: request.kind === 'rollback',
    undo: undo(request),
  };
}

/**
 * Names what an approval approves: app, environment, from, to, tags. What there is to copy is left out,
 * because content that is brought over early must not void an approval.
 */
function planId(request: PlanRequest, tags: readonly Tag[], hash: HashText): string {
  const canonical = JSON.stringify({
    app: request.app,
    environment: request.environment,
    from: request.from?.digest ?? null,
    kind: request.kind,
    tags: [...tags],
    to: request.to.digest,
  });
  return hash(canonical);
}

/** A promotion writes the exact tag, once, then the environment tag; a rollback only the latter. */
function movedTags(request: PlanRequest): readonly Tag[] {
  const environment = parseTag(request.environment);
  if (request.kind === 'rollback' || request.to.version === undefined) return [environment];
  return [exactTag(parseVersion(request.to.version)), environment];
}

function undo(request: PlanRequest): string {
  const lane = `${request.app} ${request.environment}`;
  if (request.from === undefined) return `none: nothing was current in ${request.environment} before`;
  const back = request.from.version ?? request.from.digest;
  return `registry-action rollback ${lane} --to ${back} --reason "…"`;
}
