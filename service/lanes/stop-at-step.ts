/**
 * A stop for fault tests: the process stops itself, by SIGSTOP, at a named step, exactly where a crash or a stall would hit.
 * What happens then, SIGKILL or SIGCONT, is for whoever set it. Set by the environment alone, and only once per marker file.
 */
import { existsSync, writeFileSync } from 'node:fs';
import type { LaneStepName } from './lane-parts.ts';

export interface StopOrder {
  readonly step: LaneStepName;
  /** Environment whose lane is meant. */
  readonly environment: string;
  /** Written when the process stops; while it exists nobody stops again. */
  readonly markerPath: string;
}

/** `step@environment:path` as REGISTRY_ACTION_STOP_AT has it; undefined for no order. */
export function parseStopOrder(text: string | undefined): StopOrder | undefined {
  const [, step, environment, markerPath] = /^([a-z-]+)@([a-z0-9-]+):(.+)$/.exec(text ?? '') ?? [];
  if (step === undefined || environment === undefined || markerPath === undefined) return undefined;
  return { step: step as LaneStepName, environment, markerPath };
}

/** Stops the process here when the order says so. */
export function stopAtStep(order: StopOrder | undefined, step: LaneStepName, environment: string): void {
  if (order === undefined || order.step !== step || order.environment !== environment) return;
  if (existsSync(order.markerPath)) return;
  writeFileSync(order.markerPath, String(process.pid));
  process.kill(process.pid, 'SIGSTOP');
}
