/** Error answers: what the registry said, as the error of whoever must act. */
import { AccessError, type CodedError, NotFoundError, RegistryError } from '../../../errors/errors.ts';
import { parseErrorBody } from '../../spec/error-code.ts';
import type { Answer } from './answer.ts';

/** What a registry said instead of doing what it was asked. */
export interface Refusal {
  readonly status: number;
  /** The registry's own codes, as it wrote them; none when the body is HTML, or the request was a HEAD. */
  readonly specCodes: readonly string[];
  /** First error's message, made fit for one line. */
  readonly text: string;
}

/** What was asked, for messages: `push manifest`, `ghcr.io/team/app:1.2.3`. */
export interface Asked {
  readonly operation: string;
  readonly subject: string;
}

/** Most of an error body we read; a specified one has some hundred bytes. */
const errorSizeBytesMax = 64 * 1024;

/** Longest text of a registry's that we repeat. */
const textCharsMax = 200;

/** Codes of 404 answers that mean a missing repository: the specified one, and Harbor's. */
export const repositoryUnknownCodes: ReadonlySet<string> = new Set(['NAME_UNKNOWN', 'NOT_FOUND']);

/** The refusal in an answer that is no success. Spec: distribution-spec v1.1.1, "Error Codes". */
export async function readRefusal(answer: Answer): Promise<Refusal> {
  const bytes = await answer.readBytes(errorSizeBytesMax).catch(() => undefined);
  const errors = bytes === undefined ? [] : parseErrorBody(new TextDecoder().decode(bytes));
  return {
    status: answer.status,
    specCodes: errors.map((error) => error.code),
    text: onOneLine(errors[0]?.message ?? ''),
  };
}

/** Throws the error for an answer that is no success. */
export async function throwRefusal(answer: Answer, asked: Asked): Promise<never> {
  throw refusalError(await readRefusal(answer), asked);
}

/** The refusal as an error: access, absence, or the registry's own trouble. */
export function refusalError(refusal: Refusal, asked: Asked): CodedError {
  const { status, specCodes } = refusal;
  const message = `${describe(refusal)}: ${asked.operation} ${asked.subject}`;
  const fields = { status, specCodes };
  if (status === 401 || status === 403) {
    return new AccessError({
      code: 'REGISTRY_DENIED',
      message: `registry denied access: ${message}`,
      signedIn: status === 403,
      fields,
    });
  }
  if (status === 404 && specCodes.some((code) => repositoryUnknownCodes.has(code))) {
    return new NotFoundError({ code: 'REPOSITORY_UNKNOWN', message: `repository not found: ${message}`, fields });
  }
  if (status === 404 && specCodes.some((code) => code === 'BLOB_UNKNOWN' || code === 'MANIFEST_BLOB_UNKNOWN')) {
    return new NotFoundError({ code: 'BLOB_UNKNOWN', message: `blob not found: ${message}`, fields });
  }
  if (status === 404 && specCodes.includes('MANIFEST_UNKNOWN')) {
    return new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `manifest not found: ${message}`, fields });
  }
  return new RegistryError({
    code: 'REGISTRY_REFUSED',
    message: `registry refused: ${message}`,
    status,
    specCodes,
    retryable: isPassingStatus(status),
    fields,
  });
}

/** The error for an answer that claims success and breaks the protocol. */
export function brokenAnswer(answer: { readonly status: number }, asked: Asked, why: string): RegistryError {
  return new RegistryError({
    code: 'REGISTRY_ANSWER_INVALID',
    message: `registry breaks the protocol: ${why}: ${asked.operation} ${asked.subject}`,
    status: answer.status,
    specCodes: [],
    retryable: false,
  });
}

/** Whether the same request may fare better a little later. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status <= 599);
}

function describe(refusal: Refusal): string {
  const words = [String(refusal.status), ...new Set(refusal.specCodes)].join(' ');
  return refusal.text === '' ? words : `${words} (${refusal.text})`;
}

function onOneLine(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, textCharsMax);
}
