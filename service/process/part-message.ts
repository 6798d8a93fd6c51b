/** The one line of JSON that each part prints on stdout: ready, or why not. It is all that the supervisor reads. */
import type { CodedError } from '../../errors/errors.ts';
import { isErrorCode, restoreError } from '../../errors/restore-error.ts';

/** Longest line that is read from a part, in characters. */
export const partMessageLengthMax = 16_384;

/** What a part says. */
export type PartMessage =
  /** The part works; `url` is where it listens, if it does. */
  | { readonly kind: 'ready'; readonly url: string | undefined }
  | { readonly kind: 'failed'; readonly error: CodedError };

/** The line of a part that works. */
export function formatReady(url: string | undefined): string {
  return `${JSON.stringify(url === undefined ? { ready: true } : { listening: url })}\n`;
}

/** The line of a part that cannot start; the error's message is redacted already. */
export function formatFailure(error: CodedError): string {
  const { code, message, wayOut } = error;
  return `${JSON.stringify({ failed: { code, message, wayOut } })}\n`;
}

/** The message of a line; undefined when the line is something else. */
export function parsePartMessage(line: string): PartMessage | undefined {
  const value = parseRecord(line);
  if (value === undefined) return undefined;
  if (typeof value['listening'] === 'string') return { kind: 'ready', url: value['listening'] };
  if (value['ready'] === true) return { kind: 'ready', url: undefined };
  return parseFailure(value['failed']);
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (line.length > partMessageLengthMax) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function parseFailure(value: unknown): PartMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, message, wayOut }: Record<string, unknown> = { ...value };
  if (!isErrorCode(code) || typeof message !== 'string' || typeof wayOut !== 'string') return undefined;
  return { kind: 'failed', error: restoreError({ code, message, wayOut }) };
}
