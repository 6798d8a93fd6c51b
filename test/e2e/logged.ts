/** What a service that runs says in its log: one JSON object a line, among what `serve` says itself. */
import { expect } from 'vitest';
import type { Served } from './served.ts';
import { waitUntil } from './wait-until.ts';

/** Fields of one line. */
export type LoggedLine = Readonly<Record<string, unknown>>;

/** The environment of a service whose log has every request. */
export const wholeLog = { REGISTRY_ACTION_LOG_LEVEL: 'info' } as const;

/** The lines so far. */
export function loggedLines(served: Served): readonly LoggedLine[] {
  return served.said().split('\n').flatMap(parseLine);
}

/** Waits for a line with these fields: what a process writes arrives a moment later. */
export async function expectLogged(served: Served, fields: LoggedLine): Promise<void> {
  await waitUntil(`the log says ${JSON.stringify(fields)}`, async () =>
    loggedLines(served).some((line) => matches(line, fields)),
  );
  expect(JSON.stringify(loggedLines(served))).not.toContain(served.token);
}

/** Whether the value has all that is expected, and texts contain what is expected of them. */
function matches(value: unknown, expected: unknown): boolean {
  if (typeof expected === 'string') return typeof value === 'string' && value.includes(expected);
  if (typeof expected !== 'object' || expected === null) return value === expected;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(expected).every(([name, part]) => matches(Reflect.get(value, name), part));
}

function parseLine(text: string): readonly LoggedLine[] {
  if (!text.startsWith('{')) return [];
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}
