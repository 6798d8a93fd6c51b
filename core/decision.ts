/** The answer of policy: yes, or no with every reason. A no is not an error. */

/** One reason against it. */
export interface Reason {
  /** Stable, SCREAMING_SNAKE. */
  readonly code: string;
  readonly message: string;
  readonly wayOut: string;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reasons: readonly Reason[] };

/** Allowed when there is no reason against it. */
export function decisionFrom(reasons: readonly Reason[]): Decision {
  return reasons.length === 0 ? { allowed: true } : { allowed: false, reasons };
}
