/** Where an import goes: a data directory of ours, or nowhere, to see what would come of it. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ManifestNeeds } from '../content/manifest-needs.ts';
import type { OnRegistryEvent } from '../registry-event.ts';

export interface ImportTargetInit {
  /** The registry's directory, which may not be there yet. */
  readonly root: string;
  /** Makes copies even where hard links would do. */
  readonly copy: boolean;
  /** Moves tags that name something else here. */
  readonly overwrite: boolean;
  readonly onEvent: OnRegistryEvent;
  readonly signal: AbortSignal;
}

export interface ImportTarget {
  /** Brings the file's bytes as a blob of the repository. */
  bringBlob(repository: RepositoryName, blob: BlobSource): Promise<BroughtBlob>;
  /** Stores the manifest if all that it needs is in the repository. Safe to repeat. */
  bringManifest(repository: RepositoryName, needs: ManifestNeeds): Promise<BroughtManifest>;
  /** Points the tag at a manifest that was brought, unless it names another one and is not to be moved. */
  bringTag(repository: RepositoryName, tag: Tag, needs: ManifestNeeds): Promise<BroughtTag>;
  close(): Promise<void>;
}

export interface BlobSource {
  readonly digest: Digest;
  readonly path: string;
}

/** `present`: the registry has the content; `absent`: the source has not. */
export type BroughtBlob =
  | { readonly outcome: 'present' | 'linked' | 'copied'; readonly sizeBytes: number }
  | { readonly outcome: 'absent' | 'damaged' };

export type BroughtManifest = 'present' | 'brought' | 'incomplete';

/** `kept`: it names something else here, and stays as it is. */
export type BroughtTag = 'present' | 'brought' | 'kept' | 'incomplete';
