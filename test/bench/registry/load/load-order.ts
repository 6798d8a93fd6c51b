/** What the process that makes the load is told, and what it tells. */

/** Requests of one kind, so many at once, for a while. */
export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  /** Sent with every request, such as a sign-in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly work: LoadWork;
  /** Connections, each with one request under way. */
  readonly concurrency: number;
  readonly durationMs: number;
  /** Done even when they take longer, and not exceeded even when there is time. */
  readonly countMin: number;
  readonly countMax: number;
}

export type LoadWork =
  /** Every answer is 200 with so many bytes of content, which HEAD only tells of. */
  | {
      readonly kind: 'read';
      readonly method: 'GET' | 'HEAD';
      readonly path: string;
      /** Media type asked for; distribution gives nobody a manifest who does not ask for its type. */
      readonly accept: string;
      readonly sizeBytes: number;
    }
  /** A blob that nobody has had before: POST, then PUT of all its bytes. Both together count as one. */
  | { readonly kind: 'push'; readonly repository: string; readonly sizeBytes: number };

/** What came of it. */
export interface LoadOutcome {
  readonly count: number;
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What making the load took of a core. */
  readonly cpuMs: number;
  /** Digest of the blob pushed last. */
  readonly lastDigest?: string;
}

/** Instead of an outcome: an answer was not what it must be. */
export interface LoadFailure {
  readonly failed: string;
}
