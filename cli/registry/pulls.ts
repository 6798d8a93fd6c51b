/** `registry pulls REPOSITORY`: how often its images were pulled, and when last. */
import { pullCountsSchema } from '../../api/registry/pull-counts.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { formatAge } from '../render/age.ts';
import { formatDigest } from '../render/digest.ts';
import { lineOf } from '../render/line.ts';
import { renderTable } from '../render/table.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from './registry-connection.ts';

export interface PullsFlags extends RegistryConnectionFlags {
  readonly json: boolean;
}

/** Prints the counts, the image that was pulled last first. @throws NotFoundError REPOSITORY_UNKNOWN. */
export async function listPulls(shell: Shell, repository: string, flags: PullsFlags): Promise<ExitCode> {
  const path = `/admin/v1/pulls/${parseRepositoryName(repository)}`;
  const registry = await openRegistryConnection(shell, flags);
  try {
    const counts = await registry.request({ method: 'GET', path, schema: pullCountsSchema, signal: shell.signal });
    const pulls = counts.pulls.toSorted((one, other) => other.lastPulledAt.localeCompare(one.lastPulledAt));
    if (flags.json) {
      writeJson(shell, { ...counts, pulls });
    } else if (pulls.length === 0) {
      shell.stderr.write(`nothing of ${printable(repository)} was pulled yet\n`);
    } else {
      const look = shell.stdout.look();
      const rows = pulls.map(({ digest, count, lastPulledAt }) => [
        lineOf(printable(formatDigest(digest)), look.palette.bold),
        lineOf(`${count} ${count === 1 ? 'pull' : 'pulls'}`),
        lineOf(`last ${formatAge(lastPulledAt, shell.now())} ago`),
      ]);
      shell.stdout.write(renderTable(rows, look));
    }
    return exitCodes.done;
  } finally {
    await registry.close();
  }
}
