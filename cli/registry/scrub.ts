/** `registry scrub`: the embedded registry reads again all that it keeps, and tells what is damaged or missing. */
import { type ScrubReportView, scrubSchema, scrubsPath } from '../../api/registry/scrub.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { formatBytes } from '../render/bytes.ts';
import { countOf } from '../render/count.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from './registry-connection.ts';
import { renderGaps } from './render-gaps.ts';

export interface ScrubFlags extends RegistryConnectionFlags {
  /** Bytes a second; the registry's own rate when absent. */
  readonly rate?: number;
  readonly last: boolean;
  readonly json: boolean;
}

/** Waits for the scrub to end; whoever stops waiting leaves it going. */
export async function scrub(shell: Shell, flags: ScrubFlags): Promise<ExitCode> {
  const admin = await openRegistryConnection(shell, flags);
  const { signal } = shell;
  try {
    if (!flags.last) {
      const body = flags.rate === undefined ? {} : { bytesPerSecond: flags.rate };
      await admin.request({ method: 'POST', path: scrubsPath, schema: scrubSchema, body, signal });
    }
    for (;;) {
      const run = await admin.request({ method: 'GET', path: `${scrubsPath}/latest`, schema: scrubSchema, signal });
      if (run.report !== undefined) return tell(shell, run.report, flags);
      const { blobs, bytes } = run.read;
      shell.stderr.write(`under way: ${blobs} blobs, ${formatBytes(bytes)} read\n`);
    }
  } finally {
    await admin.close();
  }
}

function tell(shell: Shell, report: ScrubReportView, { json }: ScrubFlags): ExitCode {
  const { damaged, missing, read, inQuarantine, unlisted } = report;
  if (json) writeJson(shell, report);
  else {
    shell.stdout.write(
      `${countOf(read.blobs, 'blob')} (${formatBytes(read.bytes)}), ${countOf(read.manifests, 'manifest')} and ` +
        `${countOf(read.tags, 'tag')} of ${countOf(read.repositories, 'repository', 'repositories')} read: ${damaged.length} damaged, ${missing.length} missing\n`,
    );
    for (const { kind, repository, name, why } of damaged) {
      const place = repository === undefined ? name : `${repository}${kind === 'tag' ? ':' : '@'}${name}`;
      shell.stderr.write(`damaged: ${kind} ${printable(place)}: ${printable(why)}\n`);
    }
    renderGaps(shell, { gaps: missing });
    if (unlisted > 0) shell.stderr.write(`and ${unlisted} more\n`);
    if (inQuarantine > 0) shell.stderr.write(`${inQuarantine} in quarantine: push them again to heal them\n`);
    if (missing.some(({ tags }) => tags.length === 0)) {
      shell.stderr.write('what is under no tag need not be healed: delete the manifest that needs it by its digest\n');
    }
  }
  return exitCodeOf(report);
}

/**
 * An integrity failure when a file was found damaged, or a tag is not whole. What only manifests without a tag miss is
 * partial: they go in time, and nobody need be woken until then.
 */
function exitCodeOf({ damaged, missing, unlisted }: ScrubReportView): ExitCode {
  if (damaged.length + unlisted > 0 || missing.some(({ tags }) => tags.length > 0)) return exitCodes.integrity;
  return missing.length > 0 ? exitCodes.partial : exitCodes.done;
}
