/** How long and how much the registry puts up with. Each limit names its unit. */

export interface RegistryLimits {
  /** Connections at once, each of which may have a file open besides: more are closed before a word is said. */
  readonly connectionsMax: number;
  /** A client must have sent its request's headers within this time: against connections held open with trickled headers. */
  readonly headersMs: number;
  /** A body that stands still for so long ends the connection; the upload session survives. */
  readonly uploadIdleMs: number;
  /** A client that takes nothing for so long loses the connection. Container tools may pause while they unpack. */
  readonly downloadIdleMs: number;
  /** An upload session that nobody uses for so long is thrown away. */
  readonly sessionIdleMs: number;
  /** Upload sessions of one actor: a push opens a handful, a whole CI with one token some hundred. */
  readonly sessionsPerActorMax: number;
  /** Upload sessions of everybody: each is an open file. */
  readonly sessionsMax: number;
  /** Bytes of all uploads that are not blobs yet; beyond this none is begun until some are finished or thrown away. */
  readonly uploadedBytesMax: number;
  /** Bytes of the manifests of one caller that are being pushed, each of which is in memory: sixteen of the largest. */
  readonly manifestBytesPerCallerMax: number;
  /** The same of everybody. */
  readonly manifestBytesMax: number;
  /** How often the files of the certificate are looked at. */
  readonly certificateLookMs: number;
  /** With less free space than this the registry is not ready: pushes are about to fail. */
  readonly freeBytesMin: number;
  /** Requests under way may finish for so long when the registry closes. */
  readonly closeGraceMs: number;
}

export const defaultRegistryLimits: RegistryLimits = {
  connectionsMax: 10_000,
  headersMs: 20_000,
  uploadIdleMs: 60_000,
  downloadIdleMs: 300_000,
  sessionIdleMs: 60 * 60 * 1000,
  sessionsPerActorMax: 1_000,
  sessionsMax: 10_000,
  uploadedBytesMax: 512 * 1024 * 1024 * 1024,
  manifestBytesPerCallerMax: 64 * 1024 * 1024,
  manifestBytesMax: 256 * 1024 * 1024,
  certificateLookMs: 10_000,
  freeBytesMin: 256 * 1024 * 1024,
  closeGraceMs: 5_000,
};
