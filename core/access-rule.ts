/** Access rules: whom each is for, which claims of a workload's token it asks for, and what the matching rules give. */
import type { Grant, GrantedVerb } from './access.ts';
import { matchesRefPattern } from './ref-pattern.ts';
import type { RepositoryPattern } from './repository-pattern.ts';

/** One rule of the configuration. */
export interface AccessRule {
  /** Its place in the configuration, counted from 1. */
  readonly number: number;
  readonly who: WorkloadBinding | MemberBinding;
  readonly may: readonly GrantedVerb[];
  /** Environments to promote and roll back in. */
  readonly in: readonly string[];
  /** Apps to promote and roll back; undefined: every app. */
  readonly apps: readonly string[] | undefined;
  /** Repositories in which the rest may be done; undefined: none. */
  readonly repositories?: readonly RepositoryPattern[] | undefined;
}

/**
 * Somebody with a role. `everyone` is whoever is signed in as a user or by a token of ours, `anonymous` is anybody at
 * all: who signs in loses nothing by it.
 */
export type MemberBinding =
  | { readonly kind: 'user' | 'token'; readonly name: string }
  | { readonly kind: 'everyone' | 'anonymous' };

/** What a token must say for the rule to match; what is undefined is not asked for. */
export interface WorkloadBinding {
  /** Name of the issuer in the configuration. */
  readonly issuer: string;
  /** `owner/name`. Where ids are bound, the name is only shown. */
  readonly repository: string;
  /** Undefined where the issuer's entry allows names alone. */
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  readonly workflow: WorkflowBinding | undefined;
  /** A git ref, or a pattern of them. */
  readonly ref: string | undefined;
  /** The environment that the job names in its workflow. */
  readonly environment: string | undefined;
  /** Events that may set a run off. */
  readonly events: readonly string[];
  readonly runner: Runner | undefined;
}

/** The workflow file that must define the job. */
export interface WorkflowBinding {
  /** `owner/name` of the repository it lies in; undefined for the one that the token is for. */
  readonly repository: string | undefined;
  /** Such as `.github/workflows/promote.yml`. */
  readonly path: string;
  /** A git ref, a pattern of them, or a revision. */
  readonly ref: string;
}

/** Kinds of machines that a job can run on. */
export const runners = ['github-hosted', 'self-hosted'] as const;
export type Runner = (typeof runners)[number];

/**
 * Events whose runs a rule takes where it names none: those that need write access to the repository. Everybody can
 * set off the others, with a pull request or a comment.
 */
export const defaultEvents: readonly string[] = [
  'push',
  'release',
  'repository_dispatch',
  'schedule',
  'workflow_dispatch',
];

/** What a verified token says of its job. Nothing here is secret. */
export interface WorkloadClaims {
  /** Name of the issuer in the configuration. */
  readonly issuer: string;
  readonly repository: string;
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  /** `owner/name/path@ref` of the workflow file that defines the job. */
  readonly workflow: string | undefined;
  readonly ref: string | undefined;
  readonly environment: string | undefined;
  readonly event: string | undefined;
  readonly runner: string | undefined;
}

/** What the rules come to for one token. */
export interface RuleOutcome {
  /** In the order of the rules. */
  readonly grants: readonly Grant[];
  /** Why the other rules do not match. */
  readonly unmatched: readonly string[];
  readonly notes: readonly string[];
}

/**
 * What the rules give to the job. Their order makes no difference: one that matches is enough, and none takes away.
 *
 * What a rule asks for is told to jobs of the rule's own repository alone: whoever can get a token of the issuer for
 * our audience must not learn from refusals who else may do what.
 */
export function applyRules(rules: readonly AccessRule[], claims: WorkloadClaims): RuleOutcome {
  const forWorkloads = rules.filter(isForWorkloads);
  const own = forWorkloads
    .filter(({ who }) => isOwn(who, claims))
    .map((rule) => ({ rule, faults: faultsOf(rule.who, claims) }));
  const matching = own.filter(({ faults }) => faults.length === 0).map(({ rule }) => rule);
  const failing = own.filter(({ faults }) => faults.length > 0);
  const forAnybody = rules.filter(({ who }) => 'kind' in who && who.kind === 'anonymous');
  return {
    grants: [...matching, ...forAnybody].map(grantOf).toSorted((one, other) => one.rule - other.rule),
    unmatched: [
      ...failing.map(({ rule, faults }) => `rule ${rule.number}: ${faults.join('; ')}`),
      ...othersText(
        forWorkloads.filter(({ who }) => !isOwn(who, claims)),
        claims,
      ),
    ],
    notes: matching
      .filter(({ who }) => who.repository !== claims.repository)
      .map(
        ({ number, who }) => `rule ${number} calls the repository ${who.repository}, it is ${claims.repository} now`,
      ),
  };
}

/** What the rule gives to whom it matches. */
export function grantOf({ number, may, in: environments, apps, repositories }: AccessRule): Grant {
  return { rule: number, may, in: environments, apps, ...(repositories === undefined ? {} : { repositories }) };
}

type WorkloadRule = AccessRule & { readonly who: WorkloadBinding };

function isForWorkloads(rule: AccessRule): rule is WorkloadRule {
  return !('kind' in rule.who);
}

/** Whether the rule is for the repository of the token: by its id, which is nobody else's, or by name where that must do. */
function isOwn(who: WorkloadBinding, claims: WorkloadClaims): boolean {
  if (who.issuer !== claims.issuer) return false;
  if (who.repositoryId !== undefined) return who.repositoryId === claims.repositoryId;
  return who.repository === claims.repository;
}

/** Everything in which the token differs from what the rule asks for. */
function faultsOf(who: WorkloadBinding, claims: WorkloadClaims): readonly string[] {
  const { ownerId, environment, runner, ref, workflow, events } = who;
  const isWrong = (wanted: string | undefined, found: string | undefined) => wanted !== undefined && wanted !== found;
  return [
    ...(isWrong(ownerId, claims.ownerId) ? [faultText('repository_owner_id', claims.ownerId, [ownerId])] : []),
    ...(workflow !== undefined && !isWorkflow(workflow, claims)
      ? [faultText('job_workflow_ref', claims.workflow, [formatWorkflow(workflow, claims)])]
      : []),
    ...(ref !== undefined && !(claims.ref !== undefined && matchesRefPattern(claims.ref, ref))
      ? [faultText('ref', claims.ref, [ref])]
      : []),
    ...(isWrong(environment, claims.environment) ? [faultText('environment', claims.environment, [environment])] : []),
    ...(claims.event !== undefined && events.includes(claims.event)
      ? []
      : [faultText('event_name', claims.event, events)]),
    ...(isWrong(runner, claims.runner) ? [faultText('runner_environment', claims.runner, [runner])] : []),
  ];
}

/**
 * Compared from the front: a file name has no slash, so one that contains an `@` cannot pass for another file at a ref.
 */
function isWorkflow(wanted: WorkflowBinding, claims: WorkloadClaims): boolean {
  const file = `${wanted.repository ?? claims.repository}/${wanted.path}@`;
  const found = claims.workflow ?? '';
  return found.startsWith(file) && matchesRefPattern(found.slice(file.length), wanted.ref);
}

function formatWorkflow(workflow: WorkflowBinding, claims: WorkloadClaims): string {
  return `${workflow.repository ?? claims.repository}/${workflow.path}@${workflow.ref}`;
}

/** Characters of a claim that are repeated. */
const shownCharsMax = 100;

function faultText(claim: string, found: string | undefined, wanted: readonly (string | undefined)[]): string {
  const shown = found === undefined ? 'absent' : shorten(found);
  return `${claim} is ${shown}, not ${wanted.map((one) => shorten(one ?? '')).join(' or ')}`;
}

/** The text without what does not print, and not longer than a line. */
function shorten(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > shownCharsMax ? `${printable.slice(0, shownCharsMax)}…` : printable;
}

/** What a job is told of the rules for other repositories: their numbers, and that its own is not theirs. */
function othersText(others: readonly WorkloadRule[], claims: WorkloadClaims): readonly string[] {
  if (others.length === 0) return [];
  const id = claims.repositoryId === undefined ? '' : ` (repository_id ${claims.repositoryId})`;
  const foreign = others.filter(({ who }) => !isNamesake(who, claims)).map(({ number }) => number);
  const namesakes = others.filter(({ who }) => isNamesake(who, claims)).map(({ number }) => number);
  return [
    ...namesakes.map(
      (number) => `rule ${number}: repository_id is ${claims.repositoryId ?? 'absent'}, which is not the rule’s`,
    ),
    ...(foreign.length === 0
      ? []
      : [`${rulesText(foreign)} not for ${shorten(claims.repository)}${id} of ${claims.issuer}`]),
  ];
}

/** Whether the rule is for a repository of the same name and another id: one that was there before, or a wrong id. */
function isNamesake(who: WorkloadBinding, claims: WorkloadClaims): boolean {
  return who.issuer === claims.issuer && who.repository === claims.repository;
}

/** Numbers of rules that one text lists. */
const numbersMax = 10;

function rulesText(numbers: readonly number[]): string {
  if (numbers.length === 1) return `rule ${numbers[0]} is`;
  const more = numbers.length > numbersMax ? ' and more' : '';
  return `rules ${numbers.slice(0, numbersMax).join(', ')}${more} are`;
}
