/** Replies to commands in comments: pure text, made from what the service answered. */
import { type ChatCommand, chatUsage, formatChatCommand } from '../../core/chat-command.ts';
import type { PlanView } from '../plan.ts';
import type { PromotionState, PromotionView } from '../promotion.ts';
import type { Reason } from '../reason.ts';
import { bounded } from './bounded.ts';
import { codeBlock, codeText, folded, plainText, table } from './markdown.ts';

/** What became of a change that a comment asked for. */
export interface ChangeReply {
  readonly plan: PlanView;
  /** Undefined when none was queued: refused, only planned, or already so. */
  readonly promotion: PromotionView | undefined;
  /** Whether only the plan was asked for. */
  readonly dryRun: boolean;
}

/** Most reasons that are listed; more would hide what to do next. */
const reasonsMax = 50;

/** The state in one sign and one word. */
const chips: Readonly<Record<ReplyState, string>> = {
  requested: '🔵 requested',
  waiting: '🔵 waiting',
  copying: '🔵 copying',
  proving: '🔵 proving',
  moving: '🔵 moving tags',
  promoted: '🟢 promoted',
  'rolled back': '🟢 rolled back',
  'already so': '🟢 already so',
  planned: '⚪ planned, nothing was changed',
  refused: '🔴 refused',
  failed: '🔴 failed',
  cancelled: '⚪ cancelled',
  superseded: '⚪ superseded',
};

type ReplyState = PromotionState | 'rolled back' | 'already so' | 'planned';

/** The reply to a promotion or rollback: state, plan, digests, every reason against it, and what can be done next. */
export function renderChangeReply(reply: ChangeReply): string {
  const { plan, promotion } = reply;
  const state = stateOf(reply);
  const { error } = promotion ?? {};
  const reasons = [...(plan.decision.allowed ? [] : plan.decision.reasons), ...(error === undefined ? [] : [error])];
  return bounded([
    `### ${chips[state]}: ${plainText(`${plan.app} in ${plan.environment}`)}`,
    table(['', ''], rowsOf(plan, promotion)),
    whyNot(reasons),
    next(nextOf(state, plan)),
    folded('For programs', codeBlock(JSON.stringify(machineViewOf(state, reply), undefined, 2), 'json')),
  ]);
}

/** An error as far as a reply tells it. */
export interface ToldProblem extends Reason {
  /** Where there are several; each then has a line of its own. */
  readonly reasons?: readonly Reason[] | undefined;
}

/** The reply when it could not be done: what happened, every reason with its code, and the way out. */
export function renderProblemReply(problem: ToldProblem): string {
  const { code, message, wayOut } = problem;
  const others = (problem.reasons ?? []).filter((reason) => reason.message !== message);
  return bounded([`### 🔴 not done`, whyNot([{ code, message, wayOut }, ...others])]);
}

/** The reply to a command that cannot be understood: why, and how it is written. */
export function renderFaultReply(fault: string, usage: string): string {
  return bounded([`### 🔴 not understood`, plainText(fault), codeBlock(usage)]);
}

/** The reply to a verb that this version does not have. */
export function renderUnsupportedReply(verb: string): string {
  return bounded([`### ⚪ ${codeText(`/${verb}`)} is not supported yet`, usageText()]);
}

/** The reply to /help. */
export function renderHelpReply(): string {
  return bounded(['### What I understand', usageText()]);
}

function usageText(): string {
  return codeBlock(Object.values(chatUsage).join('\n'));
}

function stateOf({ plan, promotion, dryRun }: ChangeReply): ReplyState {
  if (promotion?.state === 'promoted' && promotion.kind === 'rollback') return 'rolled back';
  if (promotion !== undefined) return promotion.state;
  if (!plan.decision.allowed) return 'refused';
  return dryRun ? 'planned' : 'already so';
}

function rowsOf(plan: PlanView, promotion: PromotionView | undefined): readonly (readonly string[])[] {
  const number = promotion?.number === undefined ? '' : codeText(`r${promotion.number}`);
  return [
    ['plan', codeText(shortHex(plan.planId))],
    ['before', plan.from === undefined ? 'nothing' : releaseText(plan.fromVersion, plan.from)],
    ['after', `${releaseText(plan.toVersion ?? plan.version, plan.to)} ${number}`.trim()],
    ['tags', plan.tags.map(codeText).join(' ')],
    ...(plan.willHold ? [['hold', 'automation waits until somebody promotes']] : []),
    ...(plan.supersedes.length === 0 ? [] : [['displaces', plan.supersedes.map(codeText).join(' ')]]),
    ...(promotion === undefined ? [] : [['id', codeText(promotion.id)]]),
    ...(promotion === undefined ? [] : [['by', codeText(promotion.actor)]]),
    ...(promotion?.reason ? [['reason', plainText(promotion.reason)]] : []),
  ];
}

/** Digests whole: an approval of the first twelve digits would not be one of the content. */
function releaseText(version: string | undefined, digest: string): string {
  return `${version === undefined ? '' : `${codeText(version)} `}${codeText(digest)}`;
}

function whyNot(reasons: readonly Reason[]): string {
  if (reasons.length === 0) return '';
  const lines = reasons
    .slice(0, reasonsMax)
    .map(({ code, message, wayOut }) => `- ${codeText(code)} ${plainText(message)}<br>Way out: ${plainText(wayOut)}`);
  const left = reasons.length - lines.length;
  return ['**Why not**', '', ...lines, ...(left > 0 ? [`- … and ${left} more`] : [])].join('\n');
}

function next(commands: readonly string[]): string {
  return commands.length === 0 ? '' : `**Next**\n\n${codeBlock(commands.join('\n'))}`;
}

/** Commands for who reads the reply: written so that they can be sent as they are, but for a reason that is theirs. */
function nextOf(state: ReplyState, plan: PlanView): readonly string[] {
  const look = formatChatCommand({ verb: 'status', app: plan.app });
  switch (state) {
    case 'planned':
    case 'refused':
    case 'failed':
    case 'cancelled':
    case 'superseded':
      return [...againOf(plan), look];
    case 'promoted':
    case 'rolled back':
      return [...undoOf(plan), ...(plan.undo.startsWith('registry-action ') ? [plan.undo] : []), look];
    case 'already so':
    case 'requested':
    case 'waiting':
    case 'copying':
    case 'proving':
    case 'moving':
      return [look];
  }
}

function againOf(plan: PlanView): readonly string[] {
  const { app, environment } = plan;
  const version = plan.toVersion ?? plan.version;
  if (plan.kind === 'rollback') return [`/rollback ${app} ${environment} to ${version ?? plan.to} WHY`];
  const place = { verb: 'promote', app, environment, dryRun: false, reason: undefined } as const;
  if (version === undefined) return [`/promote ${app} ${plan.to} to ${environment}`];
  return [formatChatCommand({ ...place, version, digest: undefined } satisfies ChatCommand)];
}

/** Back to what was there before; nothing leads back to an empty environment. */
function undoOf({ app, environment, from, fromVersion }: PlanView): readonly string[] {
  return from === undefined ? [] : [`/rollback ${app} ${environment} to ${fromVersion ?? from} WHY`];
}

function machineViewOf(state: ReplyState, { plan, promotion }: ChangeReply): object {
  const { planId, app, environment, from, to, decision } = plan;
  return { state, planId, app, environment, from, to, reasons: decision.reasons, promotion: promotion?.id };
}

function shortHex(planId: string): string {
  return planId.slice(planId.indexOf(':') + 1).slice(0, 12);
}
