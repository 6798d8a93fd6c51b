/**
 * Who may do what, and where: the one table of roles, which hold everywhere unless they are limited to repositories, and
 * grants, which hold in some places. Used by the embedded registry and by the service.
 */
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import { type Decision, decisionFrom } from './decision.ts';
import { matchesRepositoryPattern, type RepositoryPattern } from './repository-pattern.ts';

/**
 * What can be done. `read` is the service's: what is current where, and its history. `push` is new content and new tags, `overwrite` points a tag at another digest, `environment-tags`
 * moves the tags of environments and of their history under a lane token, and `break-glass` does, when it is asked for
 * with a reason, what the rules about tags refuse. `administer` is tokens, users, upkeep and everything else.
 */
export type Verb =
  | 'read'
  | 'pull'
  | 'push'
  | 'overwrite'
  | 'delete'
  | 'environment-tags'
  | 'break-glass'
  | 'promote'
  | 'rollback'
  | 'administer';

/** The roles there are, from least to most powerful. A member has what access rules give; `service` is the promotion service. */
export const roles = ['member', 'viewer', 'pusher', 'operator', 'service', 'admin'] as const;
export type Role = (typeof roles)[number];

const pusherVerbs = ['read', 'pull', 'push', 'overwrite'] as const satisfies readonly Verb[];
const operatorVerbs = [...pusherVerbs, 'promote', 'rollback'] as const satisfies readonly Verb[];

const roleTable: Readonly<Record<Role, readonly Verb[]>> = {
  member: [],
  viewer: ['read', 'pull'],
  pusher: pusherVerbs,
  operator: operatorVerbs,
  service: [...operatorVerbs, 'environment-tags'],
  admin: [...operatorVerbs, 'delete', 'break-glass', 'administer'],
};

/** Somebody with a role: a person, or whoever carries a token. */
export interface Member {
  readonly name: string;
  readonly role: Role;
  /**
   * The repositories that the role is limited to; undefined: it holds everywhere. A limited role gives what is done in a
   * repository and nothing else.
   */
  readonly repositories?: readonly RepositoryPattern[] | undefined;
  /** What access rules give beside the role. */
  readonly grants?: readonly Grant[] | undefined;
}

/** Name of whoever has not signed in; nobody else has it. */
export const anonymousName = 'anonymous';

/** A job of a CI system that has shown whose it is. */
export interface Workload {
  /** Issuer and repository, such as `github:acme/web`; no member's name has a colon. */
  readonly name: string;
  /** What the access rules give it; none when no rule matches. */
  readonly grants: readonly Grant[];
  /** Why the other rules do not match, one text for each or for several together. */
  readonly unmatched: readonly string[];
  /** Differences that refuse nothing but that somebody should know of. */
  readonly notes: readonly string[];
  readonly run: WorkloadRun;
  /** Epoch milliseconds after which it has to show anew whose it is. */
  readonly expiresAt: number;
}

/** Which run of which workflow a job belongs to, as far as its token says. */
export interface WorkloadRun {
  /** Account that set it off. */
  readonly by: string | undefined;
  readonly id: string | undefined;
  readonly attempt: string | undefined;
  /** Path of the workflow with its git ref. */
  readonly workflow: string | undefined;
  readonly event: string | undefined;
}

/** The authenticated person or workload that caused something. */
export type Actor = Member | Workload;

/** What is done in a repository; a rule can give all but moving the tags of environments. */
const repositoryGrants = ['pull', 'push', 'overwrite', 'delete', 'break-glass'] as const satisfies readonly Verb[];

/** What a rule can give. */
export const grantedVerbs = ['promote', 'rollback', 'read', ...repositoryGrants] as const satisfies readonly Verb[];
export type GrantedVerb = (typeof grantedVerbs)[number];

/** What one rule gives, and where. */
export interface Grant {
  /** Which rule of the configuration it comes from, counted from 1. */
  readonly rule: number;
  /**
   * Promoting and rolling back are limited to environments and apps, and reading comes with them, everywhere: a status
   * shows all places. What is done in repositories is limited to these, and nothing comes with it.
   */
  readonly may: readonly GrantedVerb[];
  readonly in: readonly string[];
  /** Undefined: every app. */
  readonly apps: readonly string[] | undefined;
  /** Undefined: none. */
  readonly repositories?: readonly RepositoryPattern[] | undefined;
}

/** Where something is to be done; empty where a request names no place. */
export interface Place {
  readonly app?: string;
  readonly environment?: string;
  readonly repository?: RepositoryName | undefined;
}

/** Whether the verb is for something that is done in a repository. */
export function isRepositoryVerb(verb: Verb): boolean {
  return verb === 'environment-tags' || repositoryGrants.some((known) => known === verb);
}

/** Whether the role includes the verb. */
export function roleMay(role: Role, verb: Verb): boolean {
  return roleTable[role].includes(verb);
}

/** Every verb that the role includes. */
export function verbsOfRole(role: Role): readonly Verb[] {
  return roleTable[role];
}

/** Whether the actor may do this here; a refusal has a reason for the role and one for every rule. */
export function evaluateAccess(actor: Actor, verb: Verb, place: Place): Decision {
  const { grants = [] } = actor;
  const faults = 'role' in actor ? [roleFault(actor, verb, place)] : [];
  if (faults.includes(undefined)) return allowed;
  const grantFaults = grants.map((grant) => grantFault(grant, verb, place));
  if (grantFaults.includes(undefined)) return allowed;
  const unmatched = 'role' in actor ? [] : actor.unmatched;
  const reasons = [...faults, ...grantFaults, ...unmatched].filter((fault) => fault !== undefined);
  return denialOf(reasons.length === 0 ? ['there is no access rule'] : reasons);
}

const allowed: Decision = { allowed: true };

/** Patterns of the repositories in which the actor may do this; undefined: in all of them. */
export function patternsOf(actor: Actor, verb: Verb): readonly RepositoryPattern[] | undefined {
  const { grants = [] } = actor;
  const byRole = 'role' in actor && roleMay(actor.role, verb);
  if (byRole && actor.repositories === undefined) return undefined;
  const giving = grants.filter(({ may }) => may.some((given) => given === verb));
  return [...(byRole ? (actor.repositories ?? []) : []), ...giving.flatMap(({ repositories = [] }) => repositories)];
}

/** The actor as records name it: a workload with the run it belongs to, so that its log can be found years later. */
export function formatActor(actor: Actor): string {
  if ('role' in actor) return actor.name;
  const { by, id, attempt, workflow } = actor.run;
  const file = workflow?.split('@', 1)[0]?.split('/').at(-1);
  const run = id === undefined ? undefined : `run ${id}${attempt === undefined ? '' : `.${attempt}`}`;
  const details = [file, run].filter((text) => text !== undefined).join(', ');
  return `${actor.name}${by === undefined ? '' : ` by ${by}`}${details === '' ? '' : ` (${details})`}`;
}

/** Why the role does not cover it; undefined when it does. */
function roleFault({ role, repositories }: Member, verb: Verb, { repository }: Place): string | undefined {
  if (!roleMay(role, verb)) return `the role is ${role}`;
  if (repositories === undefined) return undefined;
  const limit = `the role is limited to ${listOf(repositories)}`;
  if (!isRepositoryVerb(verb)) return `${limit}, and ${verb} is nothing that is done in a repository`;
  return isAmong(repository, repositories) ? undefined : `${limit}, not to ${repository ?? 'every repository'}`;
}

function isAmong(repository: RepositoryName | undefined, patterns: readonly RepositoryPattern[]): boolean {
  return repository !== undefined && patterns.some((pattern) => matchesRepositoryPattern(repository, pattern));
}

/** Why the grant does not cover it; undefined when it does. */
function grantFault(grant: Grant, verb: Verb, place: Place): string | undefined {
  const gives = grant.may.some((given) => given === verb);
  if (verb === 'read') {
    const isPlaced = grant.may.some((given) => given === 'promote' || given === 'rollback');
    return gives || isPlaced ? undefined : `rule ${grant.rule} gives ${listOf(grant.may)}, not read`;
  }
  return isRepositoryVerb(verb) ? repositoryFault(grant, verb, gives, place) : placeFault(grant, verb, gives, place);
}

function repositoryFault(
  { rule, may, repositories = [] }: Grant,
  verb: Verb,
  gives: boolean,
  { repository }: Place,
): string | undefined {
  const faults = [
    ...(gives ? [] : [`gives ${listOf(may)}, not ${verb}`]),
    ...(isAmong(repository, repositories)
      ? []
      : [`is for ${listOf(repositories)}, not for ${repository ?? 'every repository'}`]),
  ];
  return faults.length === 0 ? undefined : `rule ${rule} ${faults.join(' and ')}`;
}

function placeFault(grant: Grant, verb: Verb, gives: boolean, { app, environment }: Place): string | undefined {
  const inside = environment !== undefined && grant.in.includes(environment);
  const covers = grant.apps === undefined || (app !== undefined && grant.apps.includes(app));
  const faults = [
    ...(gives ? [] : [`gives ${listOf(grant.may)}, not ${verb}`]),
    ...(inside ? [] : [`is for ${listOf(grant.in)}, not for ${environment ?? 'every environment'}`]),
    ...(covers ? [] : [`is for ${listOf(grant.apps ?? [])}, not for ${app ?? 'every app'}`]),
  ];
  return faults.length === 0 ? undefined : `rule ${grant.rule} ${faults.join(' and ')}`;
}

/** Names that one reason lists; more would hide the others. */
const listedMax = 5;

function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  return names.length > listedMax ? `${names.slice(0, listedMax).join(', ')}, …` : names.join(', ');
}

function denialOf(messages: readonly string[]): Decision {
  const wayOut = 'ask an administrator for a role, or an access rule, that covers it';
  return decisionFrom(messages.map((message) => ({ code: 'ACCESS_DENIED', message, wayOut })));
}
