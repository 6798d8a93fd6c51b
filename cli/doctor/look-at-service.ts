/** Whether the service answers, is ready, takes the token, and has the same time as we. */
import type { ApiClient } from '../../api/client/api-client.ts';
import { formatSpan } from '../render/age.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import type { FoundToken } from '../token.ts';
import { type Finding, fine, problem, problemOf, skipped } from './finding.ts';

/** Largest difference between two clocks that is of no account, in milliseconds: a Date header has whole seconds. */
const clockSkewMsMax = 5000;

/** Findings on API, token and clock, in this order. */
export async function lookAtService(
  shell: Shell,
  client: ApiClient,
  token: FoundToken | undefined,
): Promise<readonly Finding[]> {
  try {
    const sentAt = shell.now();
    const answer = await client.probe('/readyz', shell.signal);
    const middle = (sentAt + shell.now()) / 2;
    const api =
      answer.status === 200
        ? fine('api', `${client.url} is ready`)
        : problem('api', 'SERVICE_UNREACHABLE', `not ready: ${client.url} answers ${answer.status}`, notReadyWayOut);
    return [api, await lookAtToken(shell, client, token), lookAtClock(answer.date, middle)];
  } catch (error) {
    const unknown = 'the service does not answer';
    return [problemOf('api', error), skipped('token', unknown), skipped('clock', unknown)];
  }
}

const notReadyWayOut = 'wait until it has started; see its log for what is missing (Redis, workers)';

async function lookAtToken(shell: Shell, client: ApiClient, token: FoundToken | undefined): Promise<Finding> {
  try {
    const { actor, role, kind } = await client.whoami(shell.signal);
    if (token === undefined) return skipped('token', 'none found, none needed');
    return fine('token', `from ${token.place}: ${printable(actor)}, ${role ?? kind}`);
  } catch (error) {
    return problemOf('token', error);
  }
}

function lookAtClock(date: string | undefined, now: number): Finding {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return skipped('clock', 'the service tells no time');
  const skewMs = Math.abs(now - theirs);
  if (skewMs <= clockSkewMsMax) return fine('clock', 'agrees with the service');
  return problem('clock', 'CLOCK_SKEWED', `${formatSpan(skewMs)} ${now > theirs ? 'ahead of' : 'behind'} the service`);
}
