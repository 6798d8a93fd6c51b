/** What is built in the demo and where it goes. */
import type { Tag } from '../../oci/spec/tag.ts';
import type { Environment } from '../shell.ts';
import type { DemoFile } from './demo-file.ts';

/** Where to build, where to push to, and with whose token. */
export interface BuildJob {
  /** A directory of the demo's own. */
  readonly directory: string;
  readonly files: readonly DemoFile[];
  /** Host and port of the registry. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: Tag;
  readonly version: string;
  readonly token: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}
