/** The summary of a promotion or rollback: what is current now, what was before, and every reason of a refusal. */
import type { PlanView } from '../../api/plan.ts';
import type { ChangeEnd } from '../service/change-end.ts';
import { boundedSummary, quoted } from './bounded.ts';
import { code, codeBlock, details, digestCode, plainText, table } from './markdown.ts';

/** Markdown that fits into the summary of a job. */
export function renderChangeSummary(end: ChangeEnd): string {
  const { plan, promotion } = end;
  return boundedSummary((take) => {
    const reasons = take(plan.decision.allowed ? [] : plan.decision.reasons);
    const { error } = promotion ?? {};
    const told = [...reasons.first, ...(error === undefined ? [] : [error])];
    const sections = [
      `## ${plainText(`${plan.app} in ${plan.environment}`)}`,
      `**${headline(end)}**`,
      told.map(reasonLine).join('\n'),
      reasons.left === 0 ? '' : `… and ${reasons.left} more reasons.`,
      planTable(plan),
      isUndoable(end) ? details('Undo it', codeBlock([`npx ${plan.undo}`], 'sh')) : '',
    ];
    return `${sections.filter((section) => section !== '').join('\n\n')}\n\n`;
  });
}

function headline({ kind, plan, promotion }: ChangeEnd): string {
  const release = `${plainText(plan.toVersion ?? plan.version ?? '')} ${digestCode(plan.to)}`.trim();
  const deed = plan.kind === 'rollback' ? 'Rolled back to' : 'Promoted:';
  switch (kind) {
    case 'refused':
      return `Refused by policy: ${release} was not ${plan.kind === 'rollback' ? 'rolled back to' : 'promoted'}.`;
    case 'planned':
      return `Dry run: ${release} could be made current.`;
    case 'unchanged':
      return `Already so: ${release} is current.`;
    case 'queued':
      return `Accepted and not waited for: ${release}.`;
    case 'waiting':
      return `Still ${promotion?.state ?? 'going on'} when the time was up: ${release}. It goes on.`;
    case 'ended':
      return promotion?.state === 'promoted'
        ? `${deed} ${release}.`
        : `${plainText(promotion?.state ?? 'failed')}: ${release} was not made current.`;
  }
}

function reasonLine(reason: { readonly code: string; readonly message: string; readonly wayOut: string }): string {
  const { message, wayOut } = reason;
  return `- ${code(reason.code)} ${plainText(quoted(message))}<br>Way out: ${plainText(quoted(wayOut))}`;
}

function planTable(plan: PlanView): string {
  const before = plan.from === undefined ? 'nothing' : `${plainText(plan.fromVersion ?? '')} ${code(plan.from)}`;
  const after = `${plainText(plan.toVersion ?? plan.version ?? '')} ${code(plan.to)}`;
  const rows = [
    ['before', before.trim()],
    ['after', after.trim()],
    ...(plan.source === plan.target ? [] : [['from', code(plan.source)]]),
    ['in', code(plan.target)],
    ['tags', plan.tags.slice(0, 20).map(code).join(', ')],
    ...(plan.supersedes.length === 0 ? [] : [['displaces', `${plan.supersedes.length} that waited`]]),
    ...(plan.willHold ? [['hold', 'automation leaves it alone until somebody promotes into it']] : []),
  ];
  return table(['', ''], rows);
}

function isUndoable({ kind, plan, promotion }: ChangeEnd): boolean {
  return kind === 'ended' && promotion?.state === 'promoted' && plan.undo.startsWith('registry-action ');
}
