/** Why a body is not read to its end: nothing of ours has failed, and nobody is there to be told. */

/** Whoever sent the body went away, or was sent away, before all of it was read, though all of it may have arrived. */
export class ClientGone extends Error {
  constructor(cause: Error | undefined) {
    super('the client went away', { cause });
  }
}
