/** What is known of a registry by its host name, before it was asked anything: how it likes uploads, mounts and tokens. */

/** One way to send a blob's bytes. */
export type UploadWay =
  /** One PUT of everything. */
  | 'put'
  /** One PATCH of everything without a range, then an empty PUT. */
  | 'patch'
  /** A PATCH for each chunk, then a PUT. */
  | 'chunks';

/** How a registry differs from others that follow the specification as well. */
export interface RegistryQuirks {
  /** Ways to send a blob, the one that is tried first in front. What a registry refuses is learnt besides. */
  readonly uploadWays: readonly UploadWay[];
  /** Largest blob that is sent in one PUT where another way is left. */
  readonly putSizeBytesMax: number;
  /** Size of each chunk but the last, unless the registry asks for larger ones. */
  readonly chunkSizeBytes: number;
  /** Whether the last chunk goes by a PATCH, and an empty PUT follows, or within the PUT. */
  readonly lastChunk: 'in-patch' | 'in-put';
  /** Whether `Range` tells how far a chunked upload has come. */
  readonly rangeAnswers: 'believed' | 'ignored';
  /** Whether a blob may be asked for by its digest alone, at any repository: `learnt` from the first answers, or never. */
  readonly anonymousMounts: 'learnt' | 'never';
  /** Equal for registries of one owner that mount from one another; undefined for one that knows no other. */
  readonly family: string | undefined;
  /** Whether a token may be asked for, and used for, more repositories than one request needs. */
  readonly tokens: 'shared' | 'apart';
}

const mebibyte = 1024 * 1024;

/**
 * Any registry that is not listed. The chunk is what we hold in memory of one upload: large enough that a gigabyte takes
 * some hundred requests, and above the 5 MiB that object stores want of a part.
 */
export const ordinaryQuirks: RegistryQuirks = {
  uploadWays: ['put', 'patch', 'chunks'],
  putSizeBytesMax: Number.POSITIVE_INFINITY,
  chunkSizeBytes: 8 * mebibyte,
  lastChunk: 'in-patch',
  rangeAnswers: 'believed',
  anonymousMounts: 'learnt',
  family: undefined,
  tokens: 'shared',
};

/** Hosted registries: their names cannot be had by others, so the name is enough. */
const quirksByHost: readonly (readonly [host: RegExp, quirks: Partial<RegistryQuirks>])[] = [
  // ECR stores each chunk, and answers 201 with a Range that stays at the first one: who goes on from there sends bytes
  // twice and gets a 416. A PUT without bytes fails after chunks. Parts of 10 MiB are the ones its own API makes.
  // https://github.com/aws/containers-roadmap/issues/2831
  [
    /(?:^|\.)(?:dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)|public\.ecr\.aws)$/,
    {
      uploadWays: ['put', 'chunks'],
      chunkSizeBytes: 10 * mebibyte,
      lastChunk: 'in-put',
      rangeAnswers: 'ignored',
      anonymousMounts: 'never',
    },
  ],
  // Artifact Registry and the Container Registry before it take a blob in one piece alone, and mount from one another.
  // https://cloud.google.com/artifact-registry/docs/reference/docker-api,
  // https://github.com/google/go-containerregistry/pull/1388
  [/(?:^|\.)(?:pkg\.dev|gcr\.io)$/, { uploadWays: ['put'], anonymousMounts: 'never', family: 'google' }],
  // A PATCH with a Content-Range is refused above 4 MiB, one without is not.
  // https://github.com/oras-project/rust-oci-client/issues/35, https://github.com/cirruslabs/tart/issues/179
  [/^ghcr\.io$/, { chunkSizeBytes: 4 * mebibyte, anonymousMounts: 'never' }],
  // Its front answers 413 to a PUT of more than some 20 MB, and takes the single PATCH of which Docker's pushes consist.
  // https://github.com/goharbor/harbor/issues/23015
  [/\.azurecr\.(?:io|cn|us)$/, { putSizeBytesMax: 16 * mebibyte, anonymousMounts: 'never' }],
  // A mount without `from` was a 400 for years, and is at installations of that age.
  // https://github.com/quay/quay/pull/899
  [/(?:^|\.)quay\.io$/, { anonymousMounts: 'never' }],
  // It answers 403, where others answer 401, to a token that was made for another repository.
  // https://github.com/clowdhaus/ocync/blob/main/docs/src/content/registries/chainguard.md
  [/^cgr\.dev$/, { tokens: 'apart' }],
  // Mounts within the account, with a token for both repositories; nothing is looked up by digest alone.
  [/^(?:docker\.io|registry\.gitlab\.com)$/, { anonymousMounts: 'never' }],
];

/** The quirks of the registry at the host, by its name in references: `ghcr.io`, `docker.io`, `host:port`. */
export function quirksOf(registry: string): RegistryQuirks {
  const host = registry.toLowerCase().replace(/:\d+$/, '');
  const [, quirks] = quirksByHost.find(([pattern]) => pattern.test(host)) ?? [];
  return { ...ordinaryQuirks, ...quirks };
}
