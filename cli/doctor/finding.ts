/** What one look of the doctor comes to. */
import { type ErrorCode, errorCatalogue } from '../../errors/catalogue.ts';
import { CodedError } from '../../errors/errors.ts';

export type Finding =
  | { readonly name: string; readonly state: 'ok' | 'skipped'; readonly message: string }
  | {
      readonly name: string;
      readonly state: 'problem';
      readonly code: string;
      readonly message: string;
      readonly wayOut: string;
    };

export function fine(name: string, message: string): Finding {
  return { name, state: 'ok', message };
}

export function skipped(name: string, message: string): Finding {
  return { name, state: 'skipped', message };
}

/** A problem with the catalogue's way out, or a better one. */
export function problem(name: string, code: ErrorCode, message: string, wayOut?: string): Finding {
  return { name, state: 'problem', code, message, wayOut: wayOut ?? errorCatalogue[code].wayOut };
}

/** The problem an error tells; @throws the error when it is none of ours. */
export function problemOf(name: string, error: unknown): Finding {
  if (!(error instanceof CodedError)) throw error;
  return problem(name, error.code, error.message, error.wayOut);
}
