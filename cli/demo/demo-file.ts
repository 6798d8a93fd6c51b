/** One file of the demo's image. */
export interface DemoFile {
  /** Absolute in the image, such as /bin/busybox. */
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}
