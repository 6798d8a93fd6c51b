/** What identity tells of itself: nothing in it is secret. */
export type IdentityEvent =
  /** The keys of an issuer were read anew. */
  | { readonly kind: 'keys-read'; readonly issuer: string; readonly keys: number }
  /** They could not be; those held are used up to the age given, in milliseconds, and none is held where that is 0. */
  | { readonly kind: 'keys-unavailable'; readonly issuer: string; readonly reason: string; readonly goodForMs: number }
  /** A rule matches by its ids a repository that has another name now. */
  | { readonly kind: 'repository-renamed'; readonly workload: string; readonly note: string };
