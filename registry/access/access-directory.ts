/** Everybody the registry knows: the users and tokens of its own, and those of an htpasswd file. */
import type { HtpasswdConfig } from '../../core/embedded-config.ts';
import { type AccessDirectory, openAccessFile } from './access-file.ts';
import { type HtpasswdEvent, openHtpasswdFile } from './htpasswd-file.ts';

export interface AccessDirectoryInit {
  /** Where users and tokens are kept. */
  readonly file: string;
  /** Undefined: none. */
  readonly htpasswd: HtpasswdConfig | undefined;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  readonly onEvent: (event: HtpasswdEvent) => void;
}

/**
 * The directory; whoever opens it closes it.
 * @throws InputError ACCESS_FILE_INVALID, HTPASSWD_INVALID.
 */
export async function openAccessDirectory({
  file,
  htpasswd,
  now,
  onEvent,
}: AccessDirectoryInit): Promise<AccessDirectory> {
  if (htpasswd === undefined) return await openAccessFile(file, { now });
  return await openAccessFile(file, { now, htpasswd: await openHtpasswdFile({ ...htpasswd, now, onEvent }) });
}
