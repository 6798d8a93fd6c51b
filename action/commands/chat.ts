/** `command: chat`: what a comment asks for is done, and told below it. */
import {
  renderChangeReply,
  renderFaultReply,
  renderHelpReply,
  renderProblemReply,
  renderUnsupportedReply,
} from '../../api/chat/chat-reply.ts';
import { renderStatusReply } from '../../api/chat/status-reply.ts';
import type { ChatCommand } from '../../core/chat-command.ts';
import { type ChatReading, readChat } from '../../core/read-chat.ts';
import { AccessError, InputError } from '../../errors/errors.ts';
import type { ChatRequest } from '../../release/settings/service-request.ts';
import { type GithubComment, readGithubComment } from '../../release/surroundings/github-comment.ts';
import { readEvent } from '../../release/surroundings/read-event.ts';
import { failureOf } from '../failure.ts';
import { openReplies } from '../github/reply.ts';
import type { Runner } from '../runner.ts';
import type { ChangeEnd } from '../service/change-end.ts';
import type { ChangeSettings } from '../service/follow-change.ts';
import type { StepResult } from '../step-result.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';

/** How changes that comments ask for are carried out. */
type Manner = Pick<ChangeSettings, 'onRefusal' | 'summary'>;

/** What people are to the repository who may give commands in it; anybody else may comment, too. */
const trusted: readonly string[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/** Does what the comment of the event asks for. A comment that asks for nothing, or was only edited, passes. */
export async function chat(runner: Runner, request: ChatRequest, how: Manner): Promise<StepResult> {
  const comment = readNewComment(await readEvent(runner.env));
  const reading = comment === undefined ? { kind: 'none' as const } : readChat(comment.body);
  if (comment === undefined || reading.kind === 'none') {
    runner.say('the comment asks for nothing');
    return 'passed';
  }
  const replies = await openReplies(runner, request.replyToken, comment);
  try {
    assertTrusted(comment);
    await replies.acknowledge();
    const answer = await answerTo(runner, reading, { request, comment, how });
    await replies.reply(answer.markdown);
    return answer.result;
  } catch (error) {
    await replies.reply(renderProblemReply(failureOf(error)));
    throw error;
  }
}

/** @throws InputError REQUEST_INVALID when the event is about no comment. */
function readNewComment(event: unknown): GithubComment | undefined {
  const comment = readGithubComment(event);
  if (comment === undefined) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: 'command: chat follows a comment, and this run is about none',
      wayOut: 'run the workflow on: issue_comment, types: [created]',
    });
  }
  const { action }: { readonly action?: unknown } = Object(event);
  return action === 'created' ? comment : undefined;
}

/** @throws AccessError ACCESS_DENIED. What the service allows is its own matter, and evaluated there. */
function assertTrusted({ author, association }: GithubComment): void {
  if (trusted.includes(association)) return;
  throw new AccessError({
    code: 'ACCESS_DENIED',
    message: `${author} may not give commands here: to this repository they are ${association.toLowerCase()}`,
    wayOut: 'let an owner, member or collaborator of the repository write the comment',
    signedIn: true,
  });
}

interface Answer {
  readonly markdown: string;
  readonly result: StepResult;
}

interface Asked {
  readonly request: ChatRequest;
  readonly comment: GithubComment;
  readonly how: Manner;
}

async function answerTo(
  runner: Runner,
  reading: Exclude<ChatReading, { readonly kind: 'none' }>,
  asked: Asked,
): Promise<Answer> {
  switch (reading.kind) {
    case 'command':
      return await obey(runner, reading.command, asked);
    case 'unsupported':
      return misunderstood(runner, `/${reading.verb} is not there yet`, renderUnsupportedReply(reading.verb));
    case 'fault':
      return misunderstood(runner, reading.fault, renderFaultReply(reading.fault, reading.usage));
  }
}

function misunderstood(runner: Runner, fault: string, markdown: string): Answer {
  runner.annotate({ kind: 'error', title: 'The comment was not understood', message: fault });
  return { markdown, result: 'failed' };
}

async function obey(runner: Runner, command: ChatCommand, { request, comment, how }: Asked): Promise<Answer> {
  switch (command.verb) {
    case 'promote': {
      const { verb, reason = `asked for by ${comment.author}, ${comment.url ?? 'in a comment'}`, ...change } = command;
      const { end, result } = await promote(runner, { ...request, ...change, kind: verb, reason }, how);
      return { markdown: replyOf(end, command.dryRun), result };
    }
    case 'rollback': {
      const { verb, ...change } = command;
      const { end, result } = await rollback(runner, { ...request, ...change, kind: verb }, how);
      return { markdown: replyOf(end, command.dryRun), result };
    }
    case 'status': {
      const { service } = request;
      const matrix = await status(runner, { kind: 'status', service, app: command.app, environment: undefined }, how);
      return { markdown: renderStatusReply(matrix, command.app), result: 'passed' };
    }
    case 'help':
      return { markdown: renderHelpReply(), result: 'passed' };
  }
}

function replyOf({ plan, promotion }: ChangeEnd, dryRun: boolean): string {
  return renderChangeReply({ plan, promotion, dryRun });
}
