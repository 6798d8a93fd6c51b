/** `registry backup`: a snapshot of the embedded registry, while it serves or while it does not. */
import { resolve } from 'node:path';
import { backUpRegistry } from '../../registry/archive/back-up.ts';
import type { SnapshotReport } from '../../registry/archive/take-snapshot.ts';
import { dataDirectoryOf } from '../data-directory.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { formatBytes } from '../render/bytes.ts';
import { countOf } from '../render/count.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from './registry-connection.ts';
import { renderGaps } from './render-gaps.ts';
import { whileCollectionHeld } from './while-collection-held.ts';

export interface BackupFlags extends RegistryConnectionFlags {
  readonly withAccess: boolean;
  readonly copy: boolean;
  readonly verify: boolean;
  readonly json: boolean;
}

/**
 * Takes the snapshot; partial when the registry lacks content that its tags need, or has damaged content, or an earlier
 * snapshot is found to be lost.
 */
export async function backUp(shell: Shell, destination: string, flags: BackupFlags): Promise<ExitCode> {
  const report = await backUpRegistry({
    dataDirectory: dataDirectoryOf(shell, flags),
    destination: resolve(shell.cwd, destination),
    withAccess: flags.withAccess,
    copy: flags.copy,
    verify: flags.verify,
    takenAt: shell.now(),
    signal: shell.signal,
    whileHeld: async (server, work) => {
      const admin = await openRegistryConnection(shell, flags);
      try {
        const { signal } = shell;
        return await whileCollectionHeld({ admin, id: shell.newId(), why: 'a backup', server, signal, work });
      } finally {
        await admin.close();
      }
    },
  });
  if (flags.json) writeJson(shell, report);
  else tell(shell, destination, report, flags);
  return report.gaps.length + report.damaged.length + report.lost.length > 0 ? exitCodes.partial : exitCodes.done;
}

function tell(shell: Shell, destination: string, report: SnapshotReport, { withAccess }: BackupFlags): void {
  const { repositories, tags, contents, newFiles, linkedFiles, copiedBytes } = report;
  shell.stdout.write(
    `${countOf(repositories, 'repository', 'repositories')}, ${countOf(tags, 'tag')}, ` +
      `${contents} different blobs and manifests in ${printable(destination)}\n` +
      `new: ${countOf(newFiles, 'file')}, of which ${linkedFiles} linked; ${formatBytes(copiedBytes)} written\n`,
  );
  if (!withAccess) shell.stderr.write('users and tokens are not in it; --with-access takes them along\n');
  renderGaps(shell, report);
  for (const { snapshot, why, missing } of report.lost) {
    shell.stderr.write(
      `snapshot ${snapshot} can be restored no more${why === undefined ? '' : `: ${printable(why)}`}\n`,
    );
    renderGaps(shell, { gaps: missing });
  }
}
