/** `registry restore`: an empty data directory becomes the registry that a backup was taken of. */
import { resolve } from 'node:path';
import { restoreBackup } from '../../registry/archive/restore.ts';
import { dataDirectoryOf } from '../data-directory.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { countOf } from '../render/count.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { renderGaps } from './render-gaps.ts';

export interface RestoreFlags {
  readonly data?: string;
  readonly snapshot?: string;
  readonly copy: boolean;
  readonly json: boolean;
}

/** Restores it whole or not at all; partial when the registry lacked content at the time of the backup. */
export async function restore(shell: Shell, source: string, flags: RestoreFlags): Promise<ExitCode> {
  const dataDirectory = dataDirectoryOf(shell, flags);
  const report = await restoreBackup({
    source: resolve(shell.cwd, source),
    snapshot: flags.snapshot,
    dataDirectory,
    copy: flags.copy,
    signal: shell.signal,
  });
  if (flags.json) writeJson(shell, report);
  else {
    const { repositories, tags, manifests, blobs, takenAt, filesRestored, filesKept } = report;
    shell.stdout.write(
      `${countOf(repositories, 'repository', 'repositories')} with ${countOf(tags, 'tag')}, ` +
        `${countOf(manifests, 'manifest')} and ${countOf(blobs, 'blob')}, as of ${printable(takenAt)}\n`,
    );
    for (const name of filesRestored) shell.stdout.write(`users and tokens: ${name}\n`);
    for (const name of filesKept) shell.stderr.write(`${name} was there already and is as it was\n`);
    shell.stderr.write(
      `next: registry-action serve --data ${printable(dataDirectory)}, with --registry-only where it serves alone\n`,
    );
    renderGaps(shell, report);
  }
  return report.gaps.length > 0 ? exitCodes.partial : exitCodes.done;
}
