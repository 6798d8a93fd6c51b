/** `registry repositories`: the repositories that the caller may pull from. */
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { fetchCatalogue } from './fetch-catalogue.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from './registry-connection.ts';

export interface RepositoriesFlags extends RegistryConnectionFlags {
  readonly json: boolean;
}

/** Repositories asked for at once: what the registry gives at most. */
const entriesPerPage = 1000;

/** Prints their names, one on a line. */
export async function listRepositories(shell: Shell, flags: RepositoriesFlags): Promise<ExitCode> {
  const registry = await openRegistryConnection(shell, flags);
  try {
    const repositories = await fetchCatalogue(registry, entriesPerPage, shell.signal);
    if (flags.json) writeJson(shell, { repositories });
    else if (repositories.length === 0) shell.stderr.write('no repositories, or none that the token may pull from\n');
    else shell.stdout.write(repositories.map((name) => `${printable(name)}\n`).join(''));
    return exitCodes.done;
  } finally {
    await registry.close();
  }
}
