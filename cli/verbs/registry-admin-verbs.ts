/** The verbs about the embedded registry itself. What each is made of is loaded when it is asked for. */
import type { Command } from 'commander';
import { defaultDataDirectory } from '../data-directory.ts';
import type { BackupFlags } from '../registry/backup.ts';
import type { ImportFlags } from '../registry/import.ts';
import type { PullsFlags } from '../registry/pulls.ts';
import type { RestoreFlags } from '../registry/restore.ts';
import type { RunVerb } from '../run-verb.ts';
import { withJson, withRegistryConnection } from './flags.ts';

/** Adds registry backup, registry restore, and the others. */
export function addRegistryAdminVerbs(program: Command, run: RunVerb): void {
  const registry = program.command('registry').description('look after the embedded registry');
  addBackupVerbs(registry, run);
  addImportVerb(registry, run);
  addPullsVerb(registry, run);
}

function addBackupVerbs(registry: Command, run: RunVerb): void {
  const backupVerb = registry
    .command('backup')
    .description('take a snapshot of the registry in the data directory, while it serves or not')
    .argument('<destination>', 'a directory, which keeps every snapshot and grows by what is new, or a file NAME.tar')
    .option('--with-access', 'take users, tokens and their hashed secrets along', false)
    .option('--copy', 'copy content even where a hard link would do', false)
    .option('--verify', 'read again what earlier snapshots brought, and bring anew what has gone bad', false)
    .action((destination: string, flags: BackupFlags) =>
      run(async (shell) => (await import('../registry/backup.ts')).backUp(shell, destination, flags)),
    );
  withRegistryConnection(withJson(backupVerb));

  const restoreVerb = registry
    .command('restore')
    .description('make a registry of a backup, in a data directory that has none')
    .argument('<source>', 'a backup’s directory or tar file')
    .option('--data <directory>', `where the registry is to be (${defaultDataDirectory})`)
    .option('--snapshot <name>', 'which snapshot, such as 2026-11-30T03-30-00.000Z; the newest when absent')
    .option('--copy', 'copy content even where a hard link would do', false)
    .action((source: string, flags: RestoreFlags) =>
      run(async (shell) => (await import('../registry/restore.ts')).restore(shell, source, flags)),
    );
  withJson(restoreVerb);
}

function addImportVerb(registry: Command, run: RunVerb): void {
  const importVerb = registry
    .command('import')
    .description('bring the images of a distribution registry (docker-registry) here, while this one is stopped')
    .argument('<directory>', 'its rootdirectory, on this machine')
    .option('--data <directory>', `data directory of the registry, made when absent (${defaultDataDirectory})`)
    .option('--dry-run', 'read and verify everything, and write nothing', false)
    .option('--copy', 'copy content even where a hard link would do', false)
    .option('--overwrite', 'move tags that name something else here', false)
    .action((directory: string, flags: ImportFlags) =>
      run(async (shell) => (await import('../registry/import.ts')).importRegistry(shell, directory, flags)),
    );
  withJson(importVerb);
}

function addPullsVerb(registry: Command, run: RunVerb): void {
  const pullsVerb = registry
    .command('pulls')
    .description('how often the images of a repository were pulled, and when last')
    .argument('<repository>', 'such as team/app')
    .action((repository: string, flags: PullsFlags) =>
      run(async (shell) => (await import('../registry/pulls.ts')).listPulls(shell, repository, flags)),
    );
  withRegistryConnection(withJson(pullsVerb));
}
