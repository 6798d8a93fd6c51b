/** The verbs that speak to registries themselves, without the service. */
import type { Command } from 'commander';
import { type CopyFlags, copy } from '../copy.ts';
import type { RunVerb } from '../run-verb.ts';
import { type TagsFlags, tags } from '../tags.ts';
import { withJson, withRegistry } from './flags.ts';

/** Adds copy and tags. */
export function addRegistryVerbs(program: Command, run: RunVerb): void {
  const copyVerb = program
    .command('copy')
    .description('copy an image between registries or directories by digest, its tag last')
    .argument('<source>', 'registry/repository:tag, registry/repository@digest or oci:DIRECTORY:tag')
    .argument('<target>', 'registry/repository[:tag] or oci:DIRECTORY[:tag]; the tag is the source’s when absent')
    .option('--dry-run', 'show what would be copied and change nothing', false)
    .option('-y, --yes', 'do not ask before a tag of the target is moved', false)
    .action((source: string, target: string, flags: CopyFlags) =>
      run((shell) => copy(shell, { source, target }, flags)),
    );
  withRegistry(withJson(copyVerb));

  const tagsVerb = program
    .command('tags')
    .description('list the tags of a repository with their digests, versions first and newest first')
    .argument('<repository>', 'registry/repository or oci:DIRECTORY')
    .action((repository: string, flags: TagsFlags) => run((shell) => tags(shell, repository, flags)));
  withRegistry(withJson(tagsVerb));
}
