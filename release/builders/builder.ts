/** The one interface of everything that makes an image. */
import type { Source } from '../../oci/copy/target.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { Platform } from '../../oci/spec/platform.ts';

export const builderNames = ['buildx', 'docker', 'buildah', 'podman', 'none'] as const;

export type BuilderName = (typeof builderNames)[number];

/** A way to make an image. */
export interface Builder {
  readonly name: BuilderName;
  /**
   * The image, in a place to read from. Nothing is pushed.
   * @throws InputError BUILD_INPUT_INVALID for what this builder cannot do, naming the setting and a builder that can.
   * @throws InputError BUILD_FAILED with the builder's last words, in `fields.lastLines` as well; BUILDER_MISSING.
   * @throws the signal's reason, when the builder and all that it started have ended.
   */
  build(request: BuildRequest, parts: BuildParts): Promise<BuiltImage>;
}

/** What is built. Lists are empty, texts undefined, where nothing was asked for. */
export interface BuildRequest {
  /** `auto` takes the first that works here. */
  readonly builder: BuilderName | 'auto';
  /** Name of a buildx builder instance that is there already. */
  readonly builderInstance: string | undefined;
  /** Directory, or a git address that the builder understands. */
  readonly context: string;
  readonly file: string | undefined;
  readonly target: string | undefined;
  readonly platforms: readonly Platform[];
  readonly buildArgs: readonly NamedValue[];
  readonly secrets: readonly BuildSecret[];
  /** `default`, or `id=/path/of/socket-or-key`. */
  readonly ssh: readonly string[];
  /** What is there already by a digest keeps its own. */
  readonly labels: readonly NamedValue[];
  /**
   * `index:` or `manifest:` before a name says where it goes, which is both without. What is there already by a digest
   * keeps its own.
   */
  readonly annotations: readonly NamedValue[];
  readonly cache: BuildCache;
  /** Attestations of BuildKit. */
  readonly attestations: AttestationRequest;
  /** What `none` takes instead of building. */
  readonly ready: ReadyImage | undefined;
  /**
   * The image's `created` and SOURCE_DATE_EPOCH, in epoch milliseconds; undefined leaves it to the builder. Files of the
   * image are of that moment too, save with docker, whose images are of the moment of the build.
   */
  readonly createdAt: number | undefined;
  /**
   * The image is also given to the builder's own storage under this name, without attestations; undefined does without.
   * buildah and podman also keep each of several platforms, as `name:tag-linux-arm64`.
   */
  readonly loadAs: string | undefined;
}

export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** A secret of the build, mounted by its id. Its value is never a word of a command line. */
export type BuildSecret =
  | { readonly id: string; readonly kind: 'env'; readonly variable: string }
  | { readonly id: string; readonly kind: 'file'; readonly path: string }
  | { readonly id: string; readonly kind: 'value'; readonly value: string };

export interface BuildCache {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly isOff: boolean;
  /** Base images are asked for anew. */
  readonly pull: boolean;
}

export interface AttestationRequest {
  /**
   * As buildx takes it: `true`, `false`, `mode=max`. Undefined is `mode=min` where attestations have a place and buildx
   * can make them.
   */
  readonly provenance: string | undefined;
  /** As buildx takes it; undefined is `false`. */
  readonly sbom: string | undefined;
  /** Beside the platforms in the index, as referrers of the images, or not at all; `place-attestations.ts` says more. */
  readonly placement: 'index' | 'referrers' | 'none';
}

/** An image that is there already, or files that become one. */
export type ReadyImage =
  | { readonly kind: 'layout'; readonly directory: string; readonly tagOrDigest: string | undefined }
  | { readonly kind: 'docker-archive'; readonly path: string; readonly tag: string | undefined }
  /** A reference with its digest, in some registry. */
  | { readonly kind: 'digest'; readonly reference: string }
  /** References with digests, of one repository or several: they become one index. */
  | { readonly kind: 'merge'; readonly references: readonly string[] }
  | { readonly kind: 'directory'; readonly directory: string; readonly run: RunSettings };

/** How the files of a plain directory are run. */
export interface RunSettings {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  readonly env: readonly NamedValue[];
  readonly ports: readonly string[];
}

/** What a builder works with. */
export interface BuildParts {
  /**
   * The builder's whole environment; it has DOCKER_CONFIG and REGISTRY_AUTH_FILE of the release's own. buildah and podman
   * refuse to work when the latter names a file that is not there.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** An empty directory of the release's own; whoever made it removes it. */
  readonly scratch: string;
  /** Opens a repository to read from, for images that are in a registry. */
  readonly openRepository: (reference: string) => Promise<Source>;
  /** Every line the builder writes, as it comes, with the build's secrets taken out. */
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
  /**
   * Takes tidying up that nobody needs to wait for but who ends the process; it never rejects. Absent: the build ends
   * with it.
   */
  readonly later?: (tidying: Promise<void>) => void;
}

/** What every builder gives back. */
export interface BuiltImage {
  readonly builder: BuilderName;
  /** Where it is read from: an image layout below the scratch directory, or a repository. */
  readonly source: Source;
  readonly root: Descriptor;
  readonly warnings: readonly BuildWarning[];
}

/** Something the builder warned of. */
export interface BuildWarning {
  readonly message: string;
  /** Address that explains it. */
  readonly url?: string;
  readonly file?: string;
  readonly line?: number;
}
