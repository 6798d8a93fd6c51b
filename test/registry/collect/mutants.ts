/** The two ways in which a collector goes wrong, as parts to be put in the place of the right ones. */
import { type Leases, openLeases } from '../../../registry/collect/leases.ts';
import type { KeyedLock } from '../../../registry/disk/keyed-lock.ts';

/** Nobody's word is remembered: what a client was told of is collected before it has named it. */
export function leasesOfNothing(uptime: () => number): Leases {
  return { ...openLeases({ uptime }), touch() {} };
}

/** Nobody waits for anybody: content goes while a client is told that it is there. */
export const sharedLockOfNobody: KeyedLock = {
  shared: (_key, work) => work(),
  exclusive: (_key, work) => work(),
};
