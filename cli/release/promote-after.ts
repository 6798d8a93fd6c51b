/** The promotion that is asked for when a version has been released. */
import type { ApiClient } from '../../api/client/api-client.ts';
import { isEnd } from '../../core/promotion.ts';
import { CodedError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { PromoteRequest } from '../../release/settings/service-request.ts';
import { openConnection } from '../connection.ts';
import { type ExitCode, exitCodeOfError, exitCodeOfPromotion, exitCodes } from '../exit-code.ts';
import { renderPlan } from '../render/plan.ts';
import { printable } from '../render/width.ts';
import { failureText, printFailure } from '../report-failure.ts';
import type { Shell } from '../shell.ts';
import { type Waited, waitForPromotion } from '../wait-for-promotion.ts';
import type { PromotionPart } from './release-document.ts';
import type { ReleaseFlags } from './release-flags.ts';

/** A promotion of what was released, by its digest. */
export type PromotionAfter = PromoteRequest & { readonly digest: Digest };

export interface PromotedAfter {
  readonly told: PromotionPart;
  readonly exitCode: ExitCode;
}

/**
 * Asks for it, waits where that is wanted, and tells on stderr how it ended. The release is done by then, so that a
 * service which fails is part of the answer and no error.
 */
export async function promoteAfter(
  shell: Shell,
  request: PromotionAfter,
  { tokenFile, data }: Pick<ReleaseFlags, 'tokenFile' | 'data'>,
): Promise<PromotedAfter> {
  try {
    const client = await openConnection(shell, {
      url: request.service.url,
      ...(tokenFile === undefined ? {} : { tokenFile }),
      ...(data === undefined ? {} : { data }),
    });
    try {
      return await promoteBy(client, shell, request);
    } finally {
      await client.close();
    }
  } catch (error) {
    shell.signal.throwIfAborted();
    if (!(error instanceof CodedError)) throw error;
    const failure = failureText(error);
    printFailure(shell, failure);
    return { told: { error: failure }, exitCode: exitCodeOfError(error) };
  }
}

async function promoteBy(client: ApiClient, shell: Shell, request: PromotionAfter): Promise<PromotedAfter> {
  const { app, environment, digest, version, reason } = request;
  const body = {
    ...{ app, environment, digest },
    ...(version === undefined ? {} : { version }),
    ...(reason === undefined ? {} : { reason }),
  };
  const what = printable(`${app} in ${environment}`);
  const answer = await client.submitPromotion(body, shell.newId(), shell.signal);
  if (answer.outcome === 'refused') {
    shell.stderr.write(renderPlan(answer.plan, shell.stderr.look()));
    return { told: { promotion: { id: null, state: 'refused' } }, exitCode: exitCodes.refused };
  }
  const { promotion } = answer.submitted;
  if (promotion === undefined) {
    shell.stderr.write(`${what} has it already\n`);
    return { told: { promotion: { id: null, state: 'promoted' } }, exitCode: exitCodes.done };
  }
  if (!request.wait) {
    const { id, state } = promotion;
    shell.stderr.write(`promotion of ${what} accepted, not waited for: ${printable(id)}\n`);
    return { told: { promotion: { id, state } }, exitCode: exitCodes.done };
  }
  return tellEnd(shell, what, await waitForPromotion(shell, client, promotion, request.timeoutMs));
}

function tellEnd(shell: Shell, what: string, { promotion, trouble }: Waited): PromotedAfter {
  const { id, state } = promotion;
  const error = isEnd(state) ? promotion.error : (promotion.error ?? trouble);
  shell.stderr.write(
    `promotion of ${what} ${isEnd(state) ? state : `is still ${state}, and goes on`}: ${printable(id)}\n`,
  );
  if (error !== undefined) printFailure(shell, error);
  return {
    told: { promotion: { id, state }, ...(error === undefined ? {} : { error }) },
    exitCode: exitCodeOfPromotion(state, error?.code),
  };
}
