/** Whether a tag may be moved or removed: the rules about tags, and what break-glass overrides. */
import type { Digest } from '../oci/spec/digest.ts';
import { damagedTagReason } from './damaged-tag.ts';
import type { Reason } from './decision.ts';
import { type EnvironmentPlace, environmentOfTag, isWrittenOnce, type TagSettings } from './tag-settings.ts';

/** The settings that the rules go by. */
export interface TagRules {
  readonly tags: TagSettings;
  readonly environments: readonly EnvironmentPlace[];
}

/** What a tag is when somebody wants to change it. */
export interface TagStanding {
  /** What it names; undefined when it is not there. */
  readonly digest?: Digest;
  /** Highest lane token that wrote it, even if it was removed since. */
  readonly fence?: number;
  /** What it named last, when it was removed; `unknown` when its record was damaged then. */
  readonly removed?: Digest | 'unknown';
  /** Whose record is damaged, the tag's or that of the removed one: what it says is not known, save what others tell. */
  readonly damaged?: 'tag' | 'removed';
}

/** What somebody wants to do to a tag. */
export type TagChange =
  | { readonly kind: 'move'; readonly to: Digest; readonly fence?: number }
  | { readonly kind: 'delete' };

/** What the caller may do in the repository, besides pushing new tags. */
export interface TagRights {
  readonly overwrite: boolean;
  readonly delete: boolean;
  readonly environmentTags: boolean;
  readonly breakGlass: boolean;
}

/** All that a decision depends on, besides the rules. */
export interface TagQuestion {
  readonly repository: string;
  readonly tag: string;
  readonly change: TagChange;
  readonly standing: TagStanding;
  readonly rights: TagRights;
  /** Whether the caller asks for break-glass. */
  readonly breaksGlass: boolean;
}

/** Yes, perhaps by break-glass against the reasons that it overrode; or no, with every reason. */
export type TagDecision =
  | { readonly allowed: true; readonly overridden: readonly Reason[] }
  | { readonly allowed: false; readonly reasons: readonly Reason[] };

const withBreakGlass = 'an administrator can break glass with a reason';

/** Codes of the reasons that break-glass overrides: rules about tags, never a permission that is missing. */
const breakable: ReadonlySet<string> = new Set(['TAG_DAMAGED', 'TAG_FENCED', 'TAG_IMMUTABLE', 'TAG_RESERVED']);

/**
 * Whether the change may be made, given what the tag is at that moment.
 *
 * A tag that is pushed again as it stands changes nothing and is allowed. An older lane token never writes, a tag that
 * is written once never names another digest, not even after it was removed, the tags of an environment are the
 * promotion service's, and one whose record is damaged stays as it is: that holds for everybody, save who may break
 * glass and asks for it.
 */
export function evaluateTagChange(rules: TagRules, question: TagQuestion): TagDecision {
  const { rights, breaksGlass } = question;
  const reasons = reasonsAgainst(rules, question);
  if (!breaksGlass) return reasons.length === 0 ? { allowed: true, overridden: [] } : { allowed: false, reasons };
  const left = reasons.filter(({ code }) => !rights.breakGlass || !breakable.has(code));
  const refused = rights.breakGlass ? left : [...left, missing('break-glass', question)];
  if (refused.length > 0) return { allowed: false, reasons: refused };
  return { allowed: true, overridden: reasons };
}

function reasonsAgainst(rules: TagRules, question: TagQuestion): readonly Reason[] {
  const { repository, tag, change, standing } = question;
  const environment = environmentOfTag(rules.environments, repository, tag);
  const reasons = [
    damagedTagReason(repository, tag, standing),
    fencedReason(question),
    isWrittenOnce(rules.tags, repository, tag) ? immutableReason(question) : undefined,
    environment === undefined ? undefined : reservedReason(environment, question),
    change.kind === 'delete' || isAnotherDigest(change.to, standing)
      ? permissionReason(environment !== undefined, question)
      : undefined,
  ];
  return reasons.filter((reason) => reason !== undefined);
}

function fencedReason({ repository, tag, change, standing }: TagQuestion): Reason | undefined {
  if (change.kind === 'delete' || change.fence === undefined) return undefined;
  if (standing.fence === undefined || change.fence >= standing.fence) return undefined;
  return {
    code: 'TAG_FENCED',
    message: `${repository}:${tag} was written under lane token ${standing.fence}, which is newer than ${change.fence}`,
    wayOut: 'a newer command has moved the tag: there is nothing to do',
  };
}

function immutableReason({ repository, tag, change, standing }: TagQuestion): Reason | undefined {
  const named = standing.digest ?? standing.removed;
  if (named === undefined || (change.kind === 'move' && change.to === named)) return undefined;
  const verb = standing.digest === undefined ? 'named' : 'names';
  const what = named === 'unknown' ? 'what nobody knows any more' : named;
  return {
    code: 'TAG_IMMUTABLE',
    message: `${repository}:${tag} is written once, and ${verb} ${what}`,
    wayOut: `${change.kind === 'move' ? 'release what changed under a new version; ' : ''}${withBreakGlass}`,
  };
}

/** A raised lane token is a change too: it would keep the service from its own tag. */
function reservedReason(environment: string, question: TagQuestion): Reason | undefined {
  const { repository, tag, change, standing, rights } = question;
  if (rights.environmentTags) return undefined;
  const stands =
    change.kind === 'move' && change.to === standing.digest && (change.fence ?? standing.fence) === standing.fence;
  if (stands) return undefined;
  return {
    code: 'TAG_RESERVED',
    message: `${repository}:${tag} is a tag of the environment ${environment}, which promotions move`,
    wayOut: `promote or roll back with registry-action; ${withBreakGlass}`,
  };
}

/** Who may move the tags of environments needs no other permission for them. */
function permissionReason(isReserved: boolean, question: TagQuestion): Reason | undefined {
  const { change, rights } = question;
  if (isReserved && rights.environmentTags) return undefined;
  if (change.kind === 'delete') return rights.delete ? undefined : missing('delete', question);
  return rights.overwrite ? undefined : missing('overwrite', question);
}

function isAnotherDigest(to: Digest, { digest, damaged }: TagStanding): boolean {
  return damaged === 'tag' || (digest !== undefined && digest !== to);
}

function missing(verb: 'overwrite' | 'delete' | 'break-glass', { repository, tag }: TagQuestion): Reason {
  return {
    code: 'ACCESS_DENIED',
    message: `${verb} is needed for ${repository}:${tag}, and is not given`,
    wayOut: 'ask an administrator for a role, or an access rule, that covers it',
  };
}
