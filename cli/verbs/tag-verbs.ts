/** The verbs about single tags of the embedded registry, below `tags`. */
import type { Command } from 'commander';
import type { RunVerb } from '../run-verb.ts';
import type { ChangeTagFlags } from '../tags/change-tag.ts';
import type { RestoreTagFlags } from '../tags/restore-tag.ts';
import type { TagHistoryFlags } from '../tags/tag-history.ts';
import { withJson, withRegistryConnection } from './flags.ts';

const tagArgument = 'REPOSITORY:TAG of the embedded registry, or with its address before it';

/** Adds tags history, tags restore and tags delete. */
export function addTagVerbs(tags: Command, run: RunVerb): void {
  const historyVerb = tags
    .command('history')
    .description('show what a tag named, since when, and who moved it')
    .argument('<tag>', tagArgument)
    .option('--all', 'show every move, not only the newest hundred', false)
    .action((written: string, flags: TagHistoryFlags) =>
      run(async (shell) => (await import('../tags/tag-history.ts')).tagHistory(shell, written, flags)),
    );
  withRegistryConnection(withJson(historyVerb));

  const restoreVerb = tags
    .command('restore')
    .description('point a tag at what it named before')
    .argument('<tag>', tagArgument)
    .requiredOption('--to <digest|number|previous>', 'a digest, the number of a move in its history, or previous')
    .action((written: string, flags: RestoreTagFlags) =>
      run(async (shell) => (await import('../tags/restore-tag.ts')).restoreTag(shell, written, flags)),
    );
  withTagChange(restoreVerb);

  const deleteVerb = tags
    .command('delete')
    .description('remove a tag; its manifest and its history stay')
    .argument('<tag>', tagArgument)
    .action((written: string, flags: ChangeTagFlags) =>
      run(async (shell) => (await import('../tags/delete-tag.ts')).deleteTag(shell, written, flags)),
    );
  withTagChange(deleteVerb);
}

function withTagChange(command: Command): void {
  command
    .option('--reason <text>', 'why; its history keeps it')
    .option('--break-glass <reason>', 'do what the rules about tags refuse; the reason is kept and reported')
    .option('--dry-run', 'ask what would be done and change nothing', false)
    .option('-y, --yes', 'do not ask', false);
  withRegistryConnection(withJson(command));
}
