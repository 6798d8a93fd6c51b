/** `registry collect`: the embedded registry takes away what nothing keeps, or says what it would take away. */
import { type CollectionReportView, collectionSchema, collectionsPath } from '../../api/registry/collection.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { formatBytes } from '../render/bytes.ts';
import { countOf } from '../render/count.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from './registry-connection.ts';

export interface CollectFlags extends RegistryConnectionFlags {
  readonly dryRun: boolean;
  /** Milliseconds that untagged content is kept for, in this one; the registry's setting when absent. */
  readonly untaggedFor?: number;
  /** Show the last one, and begin none. */
  readonly last: boolean;
  readonly json: boolean;
}

/** Waits for the collection to end; whoever stops waiting leaves it going. */
export async function collect(shell: Shell, flags: CollectFlags): Promise<ExitCode> {
  const admin = await openRegistryConnection(shell, flags);
  const schema = collectionSchema;
  const { signal } = shell;
  const { dryRun, untaggedFor } = flags;
  const body = { dryRun, ...(untaggedFor === undefined ? {} : { untaggedForMs: untaggedFor }) };
  try {
    let run = flags.last
      ? await admin.request({ method: 'GET', path: `${collectionsPath}/last`, schema, signal })
      : await admin.request({ method: 'POST', path: collectionsPath, schema, body, signal });
    while (run.report === undefined) {
      shell.stderr.write('under way\n');
      run = await admin.request({ method: 'GET', path: `${collectionsPath}/${run.id}`, schema, signal });
    }
    if (flags.json) writeJson(shell, run.report);
    else tell(shell, run.report);
    return exitCodes.done;
  } finally {
    await admin.close();
  }
}

function tell(shell: Shell, report: CollectionReportView): void {
  const { dryRun, counts, listed, kept, more } = report;
  const { stdout, stderr } = shell;
  for (const { repository, tag, digest } of listed.tags) {
    stdout.write(`tag       ${printable(repository)}:${printable(tag)} ${digest}\n`);
  }
  for (const { repository, digest } of listed.manifests) stdout.write(`manifest  ${printable(repository)}@${digest}\n`);
  for (const { repository, digest } of listed.blobs) stdout.write(`blob      ${printable(repository)}@${digest}\n`);
  for (const digest of listed.trashed) stdout.write(`content   ${digest}\n`);
  for (const digest of listed.removed) stdout.write(`gone      ${digest}\n`);
  if (listed.unlisted > 0) stderr.write(`and ${listed.unlisted} more\n`);
  const verb = dryRun ? 'would collect' : 'collected';
  stderr.write(
    `${verb} ${countOf(counts.tags, 'tag')}, ${countOf(counts.manifests, 'manifest')} and ${countOf(counts.blobs, 'blob')} ` +
      `of ${countOf(kept.repositories, 'repository', 'repositories')}; ` +
      `${formatBytes(counts.trashedBytes)} into the trash, ${formatBytes(counts.removedBytes)} out of it\n`,
  );
  if (counts.spared > 0) stderr.write(`${counts.spared} stayed: somebody asked for them meanwhile\n`);
  if (more) stderr.write('there is more: the next collection goes on\n');
}
