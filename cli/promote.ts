/** `promote APP ENVIRONMENT [VERSION]`: makes a release current in an environment. */

import type { PromotionRequest } from '../api/promotion.ts';
import { InputError } from '../errors/errors.ts';
import { isDigest } from '../oci/spec/digest.ts';
import { assertConfirmable, confirmYes } from './confirm.ts';
import { type ConnectionFlags, openConnection } from './connection.ts';
import type { ExitCode } from './exit-code.ts';
import { formatRelease } from './render/digest.ts';
import { printable } from './render/width.ts';
import type { Shell } from './shell.ts';
import { type Change, type ChangeFlags, submitChange } from './submit-change.ts';

export interface PromoteArguments {
  readonly app: string;
  readonly environment: string;
  /** The third positional: a version or a digest. */
  readonly release?: string | undefined;
}

export interface PromoteFlags extends ChangeFlags, ConnectionFlags {
  readonly version?: string;
  readonly digest?: string;
  readonly reason?: string;
  readonly expectCurrent?: string;
}

/** Plans, asks, submits and waits; the exit code tells how it ended. */
export async function promote(shell: Shell, named: PromoteArguments, flags: PromoteFlags): Promise<ExitCode> {
  const request = promotionRequest(named, flags);
  if (!flags.dryRun) assertConfirmable(shell, flags.yes, `promote ${named.app} ${named.environment}`);
  const client = await openConnection(shell, flags);
  try {
    return await submitChange(shell, client, promotionChange(shell, request), flags);
  } finally {
    await client.close();
  }
}

/** The promotion as a change: what is submitted is what the plan showed, and only while the plan's start still holds. */
export function promotionChange(shell: Shell, request: PromotionRequest): Change {
  return {
    plan: (client, signal) => client.submitPromotion({ ...request, dryRun: true }, shell.newId(), signal),
    confirm: (plan) => {
      const release = formatRelease(plan.toVersion ?? plan.version, plan.to);
      return confirmYes(shell, printable(`promote ${plan.app} ${release} to ${plan.environment}?`));
    },
    submit: (client, plan, signal) => {
      const expectedCurrent = request.expectedCurrent ?? plan.from;
      const version = request.version ?? plan.version;
      const exactly: PromotionRequest = {
        ...request,
        digest: plan.to,
        ...(version === undefined ? {} : { version }),
        ...(expectedCurrent === undefined ? {} : { expectedCurrent }),
      };
      return client.submitPromotion(exactly, shell.newId(), signal);
    },
  };
}

function promotionRequest(named: PromoteArguments, flags: PromoteFlags): PromotionRequest {
  const [byPosition, version] = [named.release, flags.version];
  const isPositionDigest = byPosition !== undefined && isDigest(byPosition);
  if (byPosition !== undefined && (isPositionDigest ? flags.digest : version) !== undefined) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `the release is named twice: ${byPosition} and ${version ?? flags.digest}`,
      wayOut: 'name it once: after the environment, or with --version or --digest',
    });
  }
  const chosenVersion = isPositionDigest ? version : (byPosition ?? version);
  const digest = isPositionDigest ? byPosition : flags.digest;
  return {
    app: named.app,
    environment: named.environment,
    ...(chosenVersion === undefined ? {} : { version: chosenVersion }),
    ...(digest === undefined ? {} : { digest }),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
    ...(flags.expectCurrent === undefined ? {} : { expectedCurrent: flags.expectCurrent }),
  };
}
