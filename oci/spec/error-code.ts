/** The error codes of the distribution specification, and reading an error answer that may be anything. */

/** Spec: distribution-spec v1.1.1, "Error Codes". */
export const specErrorCodes = [
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
] as const;

export type SpecErrorCode = (typeof specErrorCodes)[number];

/** One error of a registry's answer, as it wrote it; registries have codes of their own besides the specified ones. */
export interface SpecError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** Errors we read of one answer; more would only be noise. */
const errorsPerAnswerMax = 20;

/**
 * The errors in an answer's body; none when it is not the specified JSON, as with the HTML of a proxy. What Amazon's
 * services write is one error as well: `{"__type": "com.amazonaws.ecr#ThrottlingException", "message": "Rate exceeded"}`.
 * Spec: distribution-spec v1.1.1, "Error Codes".
 */
export function parseErrorBody(text: string): readonly SpecError[] {
  const body = parseJsonOrNothing(text);
  const type = body?.['__type'];
  if (typeof type === 'string') return parseError({ ...body, code: type.slice(type.lastIndexOf('#') + 1) });
  const errors = body?.['errors'];
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, errorsPerAnswerMax).flatMap(parseError);
}

function parseJsonOrNothing(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function parseError(value: unknown): SpecError[] {
  const error = parseRecord(value);
  const code = error?.['code'];
  if (error === undefined || typeof code !== 'string') return [];
  const message = typeof error['message'] === 'string' ? error['message'] : '';
  return [{ code, message, ...(error['detail'] === undefined ? {} : { detail: error['detail'] }) }];
}

function parseRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
