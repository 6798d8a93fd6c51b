/** The access rules of a configuration, resolved, with every fault of meaning. */
import { type AccessRule, defaultEvents, type WorkflowBinding, type WorkloadBinding } from '../core/access-rule.ts';
import { nearestName } from '../core/nearest-name.ts';
import type { ReportProblem } from './config-problem.ts';
import { isUnsupportedRule } from './unsupported-config.ts';
import type { RuleParts, WrittenParts } from './written-parts.ts';

/** The rules; one with a fault is reported and left out. */
export function resolveAccess(parts: WrittenParts, report: ReportProblem): readonly AccessRule[] {
  const supported = parts.rules.filter((rule) => !isUnsupportedRule(rule.who));
  if (supported.length > 0 && parts.issuers.size === 0) {
    report(
      ['access'],
      'rules need somebody to believe: add identity: { issuers: { github: { issuer: …, audience: … } } }',
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
  const who = resolveWho(rule, parts, report);
  const { may, apps, in: environments } = rule;
  const isPlaced = may?.some((verb) => verb !== 'read') ?? true;
  if (may !== undefined && isPlaced && !rule.keys.has('in')) {
    report(['in'], 'is missing; write a list of environments');
  }
  for (const key of ['in', 'apps'] as const) {
    if (!isPlaced && rule[key] !== undefined) report([key], 'reading is not limited to places: take it out');
  }
  reportUnknown(environments, [...parts.environments.keys()], 'environment', (at, message) =>
    report(['in', at], message),
  );
  // Discovered apps are known to the service alone.
  if (parts.discover === undefined) {
    reportUnknown(apps, [...parts.apps.keys()], 'app', (at, message) => report(['apps', at], message));
  }
  if (who === undefined || may === undefined) return [];
  return [{ number, who, may: [...new Set(may)], in: environments ?? [], apps }];
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
