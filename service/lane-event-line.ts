/** What a worker tells its log about its lanes. */
import { formatLaneKey } from '../core/lane-key.ts';
import type { LaneEvent } from './lanes/lane-parts.ts';
import type { LogLine } from './process/part-log.ts';

/** The line for an event, at the level of who must act: nobody (debug), whoever asked (info, warn), the operator (error). */
export function laneEventLine(event: LaneEvent): LogLine {
  const lane = 'lane' in event ? formatLaneKey(event.lane) : undefined;
  switch (event.kind) {
    case 'obeyed':
      return { level: 'debug', fields: { lane, step: event.step }, message: 'step taken' };
    case 'fenced':
      return { level: 'info', fields: { lane }, message: 'another worker took the lane over' };
    case 'deferred': {
      const { id: promotion, delayMs, error: err } = event;
      return { level: 'warn', fields: { lane, promotion, delayMs, err }, message: 'promotion put off' };
    }
    case 'failed':
      return { level: 'warn', fields: { lane, promotion: event.id, err: event.error }, message: 'promotion failed' };
    case 'refused':
      return { level: 'info', fields: { lane, promotion: event.id, err: event.error }, message: 'promotion refused' };
    case 'referrers': {
      const referrers = event.failed.map(({ subject, referrer, code, message }) => ({
        subject,
        digest: referrer?.descriptor.digest,
        code,
        message,
      }));
      return { level: 'warn', fields: { lane, promotion: event.id, referrers }, message: 'referrers were not carried' };
    }
    case 'stopped':
      return { level: 'error', fields: { lane, err: event.error }, message: 'lane stopped' };
    case 'fork':
      return { level: 'error', fields: { lane, number: event.number }, message: 'one number names two digests' };
    case 'trouble':
      return { level: 'warn', fields: { err: event.error }, message: 'trouble in a worker' };
  }
}
