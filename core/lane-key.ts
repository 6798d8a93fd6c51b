/** The name of a lane: one app in one environment, in which commands run one after the other. */
import { InputError } from '../errors/errors.ts';

export interface LaneKey {
  readonly app: string;
  readonly environment: string;
}

/** `app@environment`; neither part can contain `@`, so the form is unambiguous. */
export function formatLaneKey(lane: LaneKey): string {
  return `${lane.app}@${lane.environment}`;
}

/** The lane of a text made by formatLaneKey. @throws InputError REQUEST_INVALID */
export function parseLaneKey(text: string): LaneKey {
  const at = text.indexOf('@');
  if (at <= 0 || at === text.length - 1 || text.includes('@', at + 1)) {
    throw new InputError({ code: 'REQUEST_INVALID', message: `not a lane: ${text}` });
  }
  return { app: text.slice(0, at), environment: text.slice(at + 1) };
}
