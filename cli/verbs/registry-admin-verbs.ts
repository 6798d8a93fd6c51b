/** The verbs about the embedded registry itself. What each is made of is loaded when it is asked for. */
import type { Command } from 'commander';
import { InputError } from '../../errors/errors.ts';
import { defaultDataDirectory } from '../data-directory.ts';
import { parseDuration } from '../duration.ts';
import type { BackupFlags } from '../registry/backup.ts';
import type { CollectFlags } from '../registry/collect.ts';
import type { ImportFlags } from '../registry/import.ts';
import type { PullsFlags } from '../registry/pulls.ts';
import type { RepositoriesFlags } from '../registry/repositories.ts';
import type { RestoreFlags } from '../registry/restore.ts';
import type { RetentionFlags } from '../registry/retention.ts';
import type { RotateKeysFlags } from '../registry/rotate-keys.ts';
import type { ScrubFlags } from '../registry/scrub.ts';
import type { RunVerb } from '../run-verb.ts';
import { withJson, withRegistryConnection } from './flags.ts';

/** Adds registry backup, registry restore, and the others. */
export function addRegistryAdminVerbs(program: Command, run: RunVerb): void {
  const registry = program.command('registry').description('look after the embedded registry');
  addBackupVerbs(registry, run);
  addImportVerb(registry, run);
  addCollectVerb(registry, run);
  addScrubVerb(registry, run);
  addRetentionVerb(registry, run);
  addRepositoriesVerb(registry, run);
  addPullsVerb(registry, run);
  addRotateKeysVerb(registry, run);
}

function addBackupVerbs(registry: Command, run: RunVerb): void {
  const backupVerb = registry
    .command('backup')
    .description('take a snapshot of the registry in the data directory, while it serves or not')
    .argument('<destination>', 'a directory, which keeps every snapshot and grows by what is new, or a file NAME.tar')
    .option('--with-access', 'take users, tokens and their hashed secrets along', false)
    .option('--copy', 'copy content even where a hard link would do', false)
    .option(
      '--verify',
      'read again what earlier snapshots brought, bring anew what has gone bad, name what is lost',
      false,
    )
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

function addRepositoriesVerb(registry: Command, run: RunVerb): void {
  const repositoriesVerb = registry
    .command('repositories')
    .description('list the repositories that you may pull from')
    .action((flags: RepositoriesFlags) =>
      run(async (shell) => (await import('../registry/repositories.ts')).listRepositories(shell, flags)),
    );
  withRegistryConnection(withJson(repositoriesVerb));
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

function addRotateKeysVerb(registry: Command, run: RunVerb): void {
  const rotateVerb = registry
    .command('rotate-keys')
    .description('sign the tokens that it gives to whoever signs in with a new key')
    .option('--at-once', 'end the tokens that were signed before; clients fetch new ones by themselves', false)
    .action((flags: RotateKeysFlags) =>
      run(async (shell) => (await import('../registry/rotate-keys.ts')).rotateKeys(shell, flags)),
    );
  withRegistryConnection(withJson(rotateVerb));
}

function addCollectVerb(registry: Command, run: RunVerb): void {
  const collectVerb = registry
    .command('collect')
    .description('let the registry take away what nothing keeps any more, as it does by itself every hour')
    .option('--dry-run', 'say what it would take away, and take nothing', false)
    .option(
      '--untagged-for <time>',
      'keep images without a tag no longer than this, in this collection, such as 2h (the registry’s setting)',
      (text) => parseDuration(text, '--untagged-for'),
    )
    .option('--last', 'show what the last collection took away, and begin none', false)
    .action((flags: CollectFlags) =>
      run(async (shell) => (await import('../registry/collect.ts')).collect(shell, flags)),
    );
  withRegistryConnection(withJson(collectVerb));
}

function addScrubVerb(registry: Command, run: RunVerb): void {
  const scrubVerb = registry
    .command('scrub')
    .description('let the registry read again all that it keeps, and tell what is damaged or missing')
    .option('--rate <megabytes>', 'megabytes read in a second at most (the registry’s setting)', parseMegabytes)
    .option('--last', 'show the scrub that is under way, or the last one, and begin none', false)
    .action((flags: ScrubFlags) => run(async (shell) => (await import('../registry/scrub.ts')).scrub(shell, flags)));
  withRegistryConnection(withJson(scrubVerb));
}

function addRetentionVerb(registry: Command, run: RunVerb): void {
  const retentionVerb = registry
    .command('retention')
    .description('show which tags of a repository the retention rules would let go of, and why the others stay')
    .argument('<repository>', 'such as dev/web')
    .action((repository: string, flags: RetentionFlags) =>
      run(async (shell) => (await import('../registry/retention.ts')).showRetention(shell, repository, flags)),
    );
  withRegistryConnection(withJson(retentionVerb));
}

function parseMegabytes(text: string): number {
  const megabytes = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (megabytes > 0) return megabytes * 1_000_000;
  throw new InputError({ code: 'REQUEST_INVALID', message: `not a whole number of megabytes: --rate ${text}` });
}
