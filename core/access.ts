/**
 * Who may do what, and where: the one table of roles, which hold everywhere, and grants, which hold in some places.
 * Used by the embedded registry and by the service.
 */
import { type Decision, decisionFrom } from './decision.ts';

/**
 * What can be done. `push` is new content and new tags, `overwrite` points a tag at another digest, `environment-tags`
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
}

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

/** What a rule can give. */
export const grantedVerbs = ['promote', 'rollback', 'read'] as const satisfies readonly Verb[];
export type GrantedVerb = (typeof grantedVerbs)[number];

/** What one rule gives, and where. */
export interface Grant {
  /** Which rule of the configuration it comes from, counted from 1. */
  readonly rule: number;
  /** Reading comes with every grant and is not limited to places: a status shows them all. */
  readonly may: readonly GrantedVerb[];
  readonly in: readonly string[];
  /** Undefined: every app. */
  readonly apps: readonly string[] | undefined;
}

/** Where something is to be done; empty where a request names no place. */
export interface Place {
  readonly app?: string;
  readonly environment?: string;
}

/** Whether the role includes the verb. */
export function roleMay(role: Role, verb: Verb): boolean {
  return roleTable[role].includes(verb);
}

/** Every verb that the role includes. */
export function verbsOfRole(role: Role): readonly Verb[] {
  return roleTable[role];
}

/** Whether the actor may do this here; a refusal of a workload has a reason for every rule. */
export function evaluateAccess(actor: Actor, verb: Verb, place: Place): Decision {
  if ('role' in actor) return denialOf(roleMay(actor.role, verb) ? [] : [`the role is ${actor.role}`]);
  const faults = actor.grants.map((grant) => grantFault(grant, verb, place));
  if (faults.includes(undefined)) return { allowed: true };
  const reasons = [...faults.filter((fault) => fault !== undefined), ...actor.unmatched];
  return denialOf(reasons.length === 0 ? ['there is no access rule'] : reasons);
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

/** Why the grant does not cover it; undefined when it does. */
function grantFault(grant: Grant, verb: Verb, { app, environment }: Place): string | undefined {
  if (verb === 'read') return undefined;
  const gives = grant.may.some((given) => given === verb);
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
