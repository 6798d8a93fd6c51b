/** One error code: what it means, who must act, and the way out. */
export interface ErrorEntry {
  /** The class whose instances carry the code. */
  readonly raisedAs:
    | 'InputError'
    | 'AccessError'
    | 'NotFoundError'
    | 'ConflictError'
    | 'RegistryError'
    | 'TransportError'
    | 'IntegrityError'
    | 'InvariantError';
  readonly means: string;
  readonly wayOut: string;
}

/** An entry, on one line. */
export function entry(raisedAs: ErrorEntry['raisedAs'], means: string, wayOut: string): ErrorEntry {
  return { raisedAs, means, wayOut };
}
