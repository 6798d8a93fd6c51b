/** How long to wait before a part that died is started again. */

/** Wait before the first attempt: a single crash should hardly be noticed. */
export const restartDelayMsMin = 250;

/** Longest wait: a part that cannot start (a full disk, a taken port) is tried twice a minute, for ever. */
export const restartDelayMsMax = 30_000;

/** A part that worked this long had recovered: its next crash counts as the first. */
export const steadyAfterMs = 60_000;

/** The wait after so many failures in a row; the first failure is number 1. Doubles each time. */
export function restartDelayMs(failures: number): number {
  return Math.min(restartDelayMsMin * 2 ** Math.max(0, failures - 1), restartDelayMsMax);
}
