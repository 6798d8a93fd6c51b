/** `registry import`: the images of a distribution registry, brought into the data directory of ours. */
import { resolve } from 'node:path';
import { importInto } from '../../registry/archive/import-into.ts';
import type { ImportReport } from '../../registry/archive/import-report.ts';
import { dataDirectoryOf } from '../data-directory.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { formatBytes } from '../render/bytes.ts';
import { countOf } from '../render/count.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';

export interface ImportFlags {
  readonly data?: string;
  readonly dryRun: boolean;
  readonly copy: boolean;
  readonly overwrite: boolean;
  readonly json: boolean;
}

/** Brings what is sound; partial when anything was left behind, each of which is named. */
export async function importRegistry(shell: Shell, directory: string, flags: ImportFlags): Promise<ExitCode> {
  const report = await importInto({
    source: resolve(shell.cwd, directory),
    dataDirectory: dataDirectoryOf(shell, flags),
    dryRun: flags.dryRun,
    copy: flags.copy,
    overwrite: flags.overwrite,
    by: 'import',
    at: shell.now(),
    onEvent: () => {},
    signal: shell.signal,
  });
  if (flags.json) writeJson(shell, report);
  else tell(shell, report);
  return report.listed.length > 0 ? exitCodes.partial : exitCodes.done;
}

function tell(shell: Shell, report: ImportReport): void {
  const { repositories, tags, manifests, blobs, newTags, newManifests, linkedFiles, copiedFiles } = report;
  const brought = report.dryRun ? 'would be new' : 'new';
  shell.stdout.write(
    `${countOf(repositories, 'repository', 'repositories')}, ${countOf(tags, 'tag')}, ` +
      `${countOf(manifests, 'manifest')}, ${countOf(blobs, 'blob')}\n` +
      `${brought}: ${countOf(newTags, 'tag')}, ${countOf(newManifests, 'manifest')}, ` +
      `${countOf(linkedFiles, 'file')} linked, ${copiedFiles} copied (${formatBytes(report.copiedBytes)})\n`,
  );
  for (const [kind, count] of Object.entries(report.leftBehind)) shell.stderr.write(`left behind: ${kind}: ${count}\n`);
  for (const { kind, place } of report.listed) shell.stderr.write(`  ${kind} ${printable(place)}\n`);
}
