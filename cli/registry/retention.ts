/** `registry retention`: which tags of a repository would go, and why each other one stays. */
import { retentionPath, retentionSchema } from '../../api/registry/retention.ts';
import { stayReasons } from '../../core/retention.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { lineOf } from '../render/line.ts';
import { renderTable } from '../render/table.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from './registry-connection.ts';

export interface RetentionFlags extends RegistryConnectionFlags {
  readonly json: boolean;
}

const reasons: Readonly<Record<string, string>> = stayReasons;

/** Shows the verdict on each tag, and changes nothing. @throws NotFoundError REPOSITORY_UNKNOWN. */
export async function showRetention(shell: Shell, repository: string, flags: RetentionFlags): Promise<ExitCode> {
  const path = `${retentionPath}${parseRepositoryName(repository)}`;
  const admin = await openRegistryConnection(shell, flags);
  try {
    const answer = await admin.request({ method: 'GET', path, schema: retentionSchema, signal: shell.signal });
    if (flags.json) {
      writeJson(shell, answer);
      return exitCodes.done;
    }
    const look = shell.stdout.look();
    const rows = answer.verdicts.map(({ tag, stays, rule, because = [] }) => [
      lineOf(printable(tag), look.palette.bold),
      lineOf(stays ? 'stays' : 'goes'),
      lineOf(rule === undefined ? '' : `rule ${rule + 1}`),
      lineOf(because.map((code) => reasons[code] ?? code).join('; ')),
    ]);
    if (rows.length === 0) shell.stderr.write('no tags\n');
    else shell.stdout.write(renderTable(rows, look));
    return exitCodes.done;
  } finally {
    await admin.close();
  }
}
