/** A target as its suite is given it, and what it may be able to do. */
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';

type OptionalName = { [Name in keyof Target]-?: object extends Pick<Target, Name> ? Name : never }[keyof Target];

/** What some Targets can do and others cannot. */
export type Power = Exclude<OptionalName, 'place' | 'made' | 'countsPulls'>;

const isPower: Readonly<Record<Power, true>> = {
  deleteManifest: true,
  deleteTag: true,
  enterReferrers: true,
  expectWrites: true,
  isEmpty: true,
  listReferrers: true,
  mountBlob: true,
  pushReferrer: true,
  pushTags: true,
};

/** Their names, in alphabetical order. */
export const powerNames = Object.keys(isPower).sort() as Power[];

/** An empty target, opened for one test. */
export interface OpenedTarget {
  readonly target: Target;
  /** Every power it has: one that is lost, or new, is to be told here. */
  readonly powers: readonly Power[];
  /** Another, empty repository of its registry, where the registry mounts. */
  readonly sibling?: Target;
  /** Changes the stored bytes behind the target's back, keeping their number. */
  readonly corruptBlob?: (digest: Digest) => Promise<void>;
  readonly close: () => Promise<void>;
}
