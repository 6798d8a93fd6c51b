/** A plan as text: the same picture for `--dry-run`, before a question, and with a refusal. */
import type { PlanView } from '../../api/plan.ts';
import { formatDigest } from './digest.ts';
import { glyph } from './glyph.ts';
import { type Line, lineOf, type Segment } from './line.ts';
import type { Look } from './look.ts';
import { renderReasons } from './reasons.ts';
import { renderTable } from './table.ts';
import { printable } from './width.ts';

/** What a rollback leaves as it is, whatever tool does it. */
const notRolledBack = 'configuration, secrets and databases: only the image goes back';

/** What would happen, what it displaces, how to undo it, and when it may not be: every reason. Ends with a line break. */
export function renderPlan(plan: PlanView, look: Look): string {
  const { palette } = look;
  const title = palette.bold(printable(`${plan.kind} of ${plan.app} in ${plan.environment}`));
  const label = (text: string) => lineOf(`  ${text}`, palette.dim);
  const rows: (readonly Line[])[] = [[label('release'), releaseLine(plan, look)]];
  if (plan.kind === 'promotion' && plan.source !== plan.target) {
    rows.push([label('source'), lineOf(printable(plan.source))]);
  }
  rows.push([label('target'), lineOf(printable(plan.target))]);
  rows.push([label('tags'), lineOf(printable(plan.tags.join(', ')))]);
  if (plan.supersedes.length > 0) rows.push([label('displaces'), lineOf(displaced(plan), palette.yellow)]);
  if (plan.willHold) rows.push([label('hold'), lineOf(holdText(plan), palette.yellow)]);
  if (plan.kind === 'rollback') rows.push([label('stays'), lineOf(notRolledBack)]);
  const isNothing = plan.kind === 'promotion' && plan.from === plan.to;
  if (plan.undo !== '' && !isNothing) rows.push([label('undo'), lineOf(printable(plan.undo), palette.cyan)]);
  // Nothing of a plan is cut: a command that cannot be copied whole is worth nothing.
  const body = renderTable(rows, { ...look, columns: undefined });
  return `${title}\n\n${body}${plan.decision.allowed ? '' : `\n${renderReasons(plan.decision.reasons, look)}`}`;
}

function releaseLine(plan: PlanView, look: Look): Line {
  const arrow = { text: ` ${glyph('arrow', look)} `, paint: look.palette.bold };
  return [
    ...releaseSegments(plan.fromVersion, plan.from, look),
    arrow,
    ...releaseSegments(plan.toVersion ?? plan.version, plan.to, look),
    ...(plan.from === plan.to
      ? [{ text: plan.kind === 'rollback' ? '  (stays)' : '  (already so)', paint: look.palette.green }]
      : []),
  ];
}

function releaseSegments(version: string | undefined, digest: string | undefined, look: Look): readonly Segment[] {
  if (digest === undefined) return [{ text: 'nothing', paint: look.palette.dim }];
  const short = { text: formatDigest(digest), paint: look.palette.dim };
  return version === undefined ? [short] : [{ text: `${printable(version)} `, paint: look.palette.bold }, short];
}

function displaced(plan: PlanView): string {
  const count = plan.supersedes.length;
  return `${count} waiting ${count === 1 ? 'promotion' : 'promotions'}: ${printable(plan.supersedes.join(', '))}`;
}

function holdText(plan: PlanView): string {
  return printable(`${plan.environment} is held: no automation until someone promotes into it`);
}
