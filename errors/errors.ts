/** The error classes: one per party who must act. Every instance has a stable code and says the way out. */
import { type ErrorCode, errorCatalogue } from './catalogue.ts';
import { redact } from './redact.ts';

/** Values an error may carry for machines; strings are redacted like the message. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface CodedErrorInit {
  readonly code: ErrorCode;
  /** Lower case, no full stop, names the thing with its value: `manifest not found: registry.example/app:1`. */
  readonly message: string;
  /** What to do next; the catalogue's sentence for the code when absent. */
  readonly wayOut?: string;
  readonly cause?: unknown;
  readonly fields?: ErrorFields;
}

/** What all our errors have in common. Secrets are redacted here, so none can leave through an error. */
export abstract class CodedError extends Error {
  readonly code: ErrorCode;
  readonly wayOut: string;
  readonly fields: ErrorFields;

  constructor(init: CodedErrorInit) {
    super(redact(init.message), init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.code = init.code;
    this.wayOut = redact(init.wayOut ?? errorCatalogue[init.code].wayOut);
    this.fields = redactFields(init.fields ?? {});
  }
}

/** The caller gave nonsense: never retried. */
export class InputError extends CodedError {}

/** Not signed in, or not allowed: never retried. */
export class AccessError extends CodedError {
  /** False when nobody was signed in (HTTP 401), true when somebody was and may not (HTTP 403). */
  readonly signedIn: boolean;

  constructor(init: CodedErrorInit & { readonly signedIn: boolean }) {
    super(init);
    this.signedIn = init.signedIn;
  }
}

/** The named thing is not there: never retried. */
export class NotFoundError extends CodedError {}

/** The world moved under us (a tag changed, an epoch was lost): plan again. */
export class ConflictError extends CodedError {}

/** A registry answered, with an error. */
export class RegistryError extends CodedError {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The registry's own error codes, as it wrote them. */
  readonly specCodes: readonly string[];
  readonly retryable: boolean;
  /** Which end of a copy answered; undefined outside a copy. */
  readonly side: 'source' | 'target' | undefined;

  constructor(init: CodedErrorInit & RegistryAnswer) {
    super(init);
    this.status = init.status;
    this.specCodes = init.specCodes;
    this.retryable = init.retryable;
    this.side = init.side;
  }
}

/** What a registry's error answer said. */
export interface RegistryAnswer {
  readonly status: number;
  readonly specCodes: readonly string[];
  readonly retryable: boolean;
  readonly side?: 'source' | 'target';
}

/** No answer came: DNS, TLS, time-out, reset, Redis down. Trying again may help. */
export class TransportError extends CodedError {}

/** Bytes do not match their digest or size: never retried, always an alarm. */
export class IntegrityError extends CodedError {}

/** Our bug. */
export class InvariantError extends CodedError {}

/** Throws InvariantError unless the condition holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError({ code: 'INVARIANT_BROKEN', message });
}

function redactFields(fields: ErrorFields): ErrorFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  );
}
