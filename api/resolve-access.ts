/** The access rules of a configuration, resolved, with every fault of meaning. */
import { type GrantedVerb, isRepositoryVerb } from '../core/access.ts';
import {
  type AccessRule,
  defaultEvents,
  type MemberBinding,
  type WorkflowBinding,
  type WorkloadBinding,
} from '../core/access-rule.ts';
import { nearestName } from '../core/nearest-name.ts';
import { parseRepositoryPattern, type RepositoryPattern, repositoryPatternFault } from '../core/repository-pattern.ts';
import type { ReportProblem } from './config-problem.ts';
import { isUnsupportedRule } from './unsupported-config.ts';
import type { WrittenMember } from './written-access.ts';
import type { RuleParts, WrittenParts } from './written-parts.ts';

/** The rules; one with a fault is reported and left out. */
export function resolveAccess(parts: WrittenParts, report: ReportProblem): readonly AccessRule[] {
  const forWorkloads = parts.rules.some((rule) => !isUnsupportedRule(rule.who) && rule.who.repository !== undefined);
  if (forWorkloads && parts.issuers.size === 0) {
    report(
      ['access'],
      'rules for workloads need somebody to believe: add identity: { issuers: { github: { issuer: …, audience: … } } }',
    );
    return [];
  }
  return parts.rules.flatMap((rule, at) => {
    if (isUnsupportedRule(rule.who)) return [];
    return resolveRule(rule, at + 1, parts, (key, message) => report(['access', at, ...key], message));
  });
}

function resolveRule(
  rule: RuleParts,
  number: number,
  parts: WrittenParts,
  report: ReportProblem,
): readonly AccessRule[] {
  const { member, may, apps, in: environments } = rule;
  const who = member === undefined ? resolveWho(rule, parts, report) : bindingOf(member);
  if (may !== undefined) reportLimits(rule, may, report);
  if (member === 'anonymous' && may?.some((verb) => verb !== 'pull')) {
    report(['may'], 'who has not signed in may pull and nothing else: write [pull]');
  }
  if (typeof member === 'object' && 'user' in member && may?.some((verb) => !isRepositoryVerb(verb))) {
    report(['may'], 'users sign in to the registry alone: give what is done at the service to a token');
  }
  const reportName = (key: 'in' | 'apps') => (at: number, message: string) => report([key, at], message);
  reportUnknown(environments, [...parts.environments.keys()], 'environment', reportName('in'));
  // Discovered apps are known to the service alone.
  if (parts.discover === undefined) reportUnknown(apps, [...parts.apps.keys()], 'app', reportName('apps'));
  const repositories = resolvePatterns(rule.repositories, report);
  if (who === undefined || may === undefined) return [];
  const limit = repositories === undefined ? {} : { repositories };
  return [{ number, who, may: [...new Set(may)], in: environments ?? [], apps, ...limit }];
}

/** Whom the rule is for. */
function bindingOf(member: WrittenMember): MemberBinding | undefined {
  if (typeof member === 'string') return { kind: member };
  return 'user' in member ? { kind: 'user', name: member.user } : { kind: 'token', name: member.token };
}

/** Every verb needs to be told where it holds; a limit that no verb of the rule has is a mistake. */
function reportLimits(rule: RuleParts, may: readonly GrantedVerb[], report: ReportProblem): void {
  const isPlaced = may.some((verb) => verb === 'promote' || verb === 'rollback');
  const isInRepositories = may.some(isRepositoryVerb);
  if (isPlaced && !rule.keys.has('in')) report(['in'], 'is missing; write a list of environments');
  if (isInRepositories && !rule.keys.has('repositories')) {
    report(['repositories'], 'is missing; write a list of patterns, such as team/**, or ["**"] for all');
  }
  for (const key of ['in', 'apps'] as const) {
    if (isPlaced || rule[key] === undefined) continue;
    report(
      [key],
      isInRepositories
        ? `${listOf(may)} is limited to repositories: take it out`
        : 'reading is not limited to places: take it out',
    );
  }
  if (!isInRepositories && rule.repositories !== undefined) {
    report(['repositories'], `${listOf(may)} is not limited to repositories: take it out`);
  }
}

function listOf(verbs: readonly GrantedVerb[]): string {
  return verbs.join(', ');
}

function resolvePatterns(
  written: readonly string[] | undefined,
  report: ReportProblem,
): readonly RepositoryPattern[] | undefined {
  return written?.flatMap((text, at) => {
    const fault = repositoryPatternFault(text);
    if (fault === undefined) return [parseRepositoryPattern(text)];
    report(['repositories', at], `not a pattern of repository names: ${fault}`);
    return [];
  });
}

function reportUnknown(
  names: readonly string[] | undefined,
  known: readonly string[],
  what: string,
  report: (at: number, message: string) => void,
): void {
  for (const [at, name] of (names ?? []).entries()) {
    if (known.includes(name)) continue;
    const meant = nearestName(name, known);
    const suggestion = meant === undefined ? `there are ${known.join(', ') || 'none'}` : `did you mean ${meant}?`;
    report(at, `no ${what} ${JSON.stringify(name)}; ${suggestion}`);
  }
}

/** The workload that is meant; undefined when that cannot be said. */
function resolveWho({ who, keys }: RuleParts, parts: WrittenParts, report: ReportProblem): WorkloadBinding | undefined {
  const issuer = resolveIssuerName(who.issuer, parts, report);
  const { repository, repositoryId, ownerId, ref, environment, events, runner } = who;
  const workflow = who.workflow === undefined ? undefined : parseWorkflow(who.workflow, repository);
  if (workflow !== undefined && 'fault' in workflow) report(['who', 'workflow'], workflow.fault);
  if (ref !== undefined && !refGrammar.test(ref)) {
    report(['who', 'ref'], 'write a whole ref, such as refs/heads/main or refs/tags/v*');
  }
  if (repository === undefined) return undefined;
  if (!repositoryGrammar.test(repository)) report(['who', 'repository'], 'write owner/name');
  if (issuer === undefined) return undefined;
  const allowsNames = parts.issuers.get(issuer)?.allowNames === true;
  for (const key of ['repositoryId', 'ownerId']) {
    if (!keys.has(key) && !allowsNames) report(['who', key], missingIdText(key, repository, issuer));
  }
  return {
    issuer,
    repository,
    repositoryId: repositoryId === undefined ? undefined : String(repositoryId),
    ownerId: ownerId === undefined ? undefined : String(ownerId),
    workflow: workflow === undefined || 'fault' in workflow ? undefined : workflow,
    ref,
    environment,
    events: events ?? defaultEvents,
    runner,
  };
}

/** Ids are the same number for another repository elsewhere, so a rule is always for one issuer. */
function resolveIssuerName(
  named: string | undefined,
  { issuers }: WrittenParts,
  report: ReportProblem,
): string | undefined {
  const known = [...issuers.keys()];
  if (named === undefined) {
    if (known.length > 1) report(['who', 'issuer'], `is missing; there are ${known.join(', ')}`);
    return known.length === 1 ? known[0] : undefined;
  }
  if (known.includes(named)) return named;
  const meant = nearestName(named, known);
  const suggestion = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
  report(['who', 'issuer'], `no issuer ${JSON.stringify(named)}; ${suggestion}`);
  return undefined;
}

const repositoryGrammar = /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/;
const refGrammar = /^refs\/[^\s~^:?[\\]+$/;

/** A file of workflows and its ref. A file lies directly in that folder: GitHub looks nowhere else. */
const workflowGrammar =
  /^(?:(?<repository>[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+)\/)?(?<path>\.github\/workflows\/[^/@\s]+\.ya?ml)@(?<ref>\S+)$/;

function parseWorkflow(text: string, own: string | undefined): WorkflowBinding | { readonly fault: string } {
  const { repository, path, ref } = workflowGrammar.exec(text)?.groups ?? {};
  if (path === undefined || ref === undefined) {
    return { fault: 'write the file with its ref, such as .github/workflows/promote.yml@refs/heads/main' };
  }
  if (!refGrammar.test(ref) && !/^[0-9a-f]{40}$/.test(ref)) {
    return { fault: 'write a whole ref behind the @, such as refs/heads/main or refs/tags/v1, or a revision' };
  }
  return { repository: repository === own ? undefined : repository, path, ref };
}

function missingIdText(key: string, repository: string, issuer: string): string {
  const field = key === 'repositoryId' ? '.id' : '.owner.id';
  return (
    'is missing: whoever takes the name after a renaming or deletion would pass for it, but ids stay; ' +
    `\`gh api repos/${repository} --jq ${field}\` tells it, or set allowNames: true at the issuer ${issuer}`
  );
}
