/** Answers as values: handlers return them, and one writer writes them. */
import type { SpecErrorCode } from '../../oci/spec/error-code.ts';

/** Names in lower case; a list is written as one line per value. The writer adds the length of a body. */
export type AnswerHeaders = Readonly<Record<string, string | string[]>>;

export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Absent for an empty answer and for every answer to HEAD. */
  readonly body?: Uint8Array | StreamBody;
  /** Of a refusal: its code and message, for whoever reads the log. */
  readonly why?: string;
}

/** A body that is read while it is written; the writer ends it in any case. */
export interface StreamBody {
  /** Each chunk holds until the next one is asked for. */
  readonly stream: AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
}

/** The specification's codes, and those of ours for what it has no code for. */
export type WireErrorCode =
  | SpecErrorCode
  | 'BREAK_GLASS_INVALID'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'TAG_DAMAGED'
  | 'TAG_FENCED'
  | 'TAG_INVALID'
  | 'UNKNOWN';

export interface RefusalOptions {
  /** For machines: any JSON. */
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error answer. Spec: distribution-spec v1.1.1, "Error Codes". */
export function refusal(status: number, code: WireErrorCode, message: string, options: RefusalOptions = {}): Answer {
  const { detail, headers } = options;
  const errors = [{ code, message, ...(detail === undefined ? {} : { detail }) }];
  return { ...jsonAnswer({ errors }, { status, ...(headers && { headers }) }), why: `${code}: ${message}` };
}

export interface JsonAnswerOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of JSON. Its type carries no charset: clients compare it whole, and JSON is UTF-8 anyway. */
export function jsonAnswer(value: unknown, options: JsonAnswerOptions = {}): Answer {
  return {
    status: options.status ?? 200,
    headers: { 'content-type': 'application/json', ...options.headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** An answer without content. */
export function emptyAnswer(status: number, headers: AnswerHeaders = {}): Answer {
  return status === 204 ? { status, headers } : { status, headers: { 'content-length': '0', ...headers } };
}

/** The same answer without its body, as HEAD wants it. */
export function withoutBody({ status, headers, body }: Answer): Answer {
  if (!(body instanceof Uint8Array)) return { status, headers };
  return { status, headers: { 'content-length': String(body.length), ...headers } };
}
