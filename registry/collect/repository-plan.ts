/** What one collection would take out of one repository. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { ReferrerEntry, UnreachedSince } from './collection-store.ts';
import type { LeaseMark } from './leases.ts';

export interface RepositoryPlan {
  readonly repository: RepositoryName;
  /** Taken before anything was read: what was touched since was not seen. */
  readonly mark: LeaseMark;
  /** Whatever keeps another comes before it, so that what is there is always whole. */
  readonly manifests: readonly DoomedManifest[];
  readonly blobs: readonly Digest[];
  /** Entries whose manifest is not there. */
  readonly referrerEntries: readonly ReferrerEntry[];
  /** Since when nothing reaches these manifests, those included that are to go. */
  readonly unreached: UnreachedSince;
  /** Whether that has to be written anew. */
  readonly unreachedChanged: boolean;
  /** What the repository keeps, to say in a report. */
  readonly kept: { readonly manifests: number; readonly blobs: number };
}

export interface DoomedManifest {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly subject: Digest | undefined;
  /** Manifests and blobs that stay if it stays, each only if it is in the plan as well. */
  readonly keeps: readonly Digest[];
}
