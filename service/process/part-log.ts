/** The log of a service process: one JSON object a line on stderr, named after the part, without secrets. */
import { type Logger, pino } from 'pino';
import { CodedError } from '../../errors/errors.ts';
import { redact } from '../../errors/redact.ts';

/** The log of a part. */
export type PartLog = Logger;

/** Levels that a part may be told to log at. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** How many causes of an error are logged; longer chains are loops. */
const causesMax = 5;

/** How deep values are searched for secrets; what lies deeper is left out. */
const depthMax = 8;

/** One line for the log, made where the log itself is not at hand. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Writes the line. */
export function writeLogLine(log: Pick<PartLog, LogLine['level']>, line: LogLine): void {
  log[line.level](line.fields, line.message);
}

/** Opens the log; lines go out at once, so none is lost when the process dies. */
export function openPartLog(part: string, level: LogLevel): PartLog {
  const destination = pino.destination({ dest: 2, sync: true });
  // The reader of our stderr may die before us; then nobody is left to be told, and closing cleanly matters more.
  destination.on('error', () => undefined);
  return pino(
    {
      level,
      base: { part, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
      hooks: { streamWrite: redactLine },
    },
    destination,
  );
}

/**
 * An error as it is logged. Only these fields: libraries hang the refused command or the request, secrets and all, on their errors.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  return {
    type: error.name,
    ...(error instanceof CodedError ? { code: error.code, wayOut: error.wayOut, fields: error.fields } : {}),
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined || depth >= causesMax ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

/** A line with everything secret replaced; still JSON. */
export function redactLine(line: string): string {
  try {
    return `${JSON.stringify(redactValue(JSON.parse(line), 0))}\n`;
  } catch {
    return redact(line);
  }
}

/** Names under which a value is secret whatever it looks like. */
const secretName =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|password|secret|token|.*(?:Password|Secret|Token))$/i;

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= depthMax) return '…';
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      secretName.test(name) && typeof entry === 'string' ? '***' : redactValue(entry, depth + 1),
    ]),
  );
}
