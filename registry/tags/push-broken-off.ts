/** A push that came to an end between its tags. */
import type { Tag } from '../../oci/spec/tag.ts';
import type { ChangedTag } from '../storage.ts';

export interface PushedInPart {
  /** They name the manifest, and will after the power fails. */
  readonly confirmed: readonly Tag[];
  /** Those of them that were moved. */
  readonly changed: readonly ChangedTag[];
  /** They may name what they named before, and are to be pushed again. */
  readonly unconfirmed: readonly Tag[];
}

/** Thrown when a tag could not be written after others were: `cause` says why. Where none was, the push fails with that itself. */
export class PushBrokenOff extends Error {
  readonly pushed: PushedInPart;

  constructor(cause: unknown, pushed: PushedInPart) {
    const { confirmed, unconfirmed } = pushed;
    const tags = `${confirmed.join(', ')} confirmed, ${unconfirmed.join(', ')} not`;
    super(`a push broke off between its tags: ${tags}: ${String(cause)}`, { cause });
    this.pushed = pushed;
  }
}
