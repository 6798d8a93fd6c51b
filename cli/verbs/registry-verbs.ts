/** The verbs that speak to registries themselves, without the service. */
import type { Command } from 'commander';
import type { RunVerb } from '../run-verb.ts';
import type { TagsFlags } from '../tags.ts';
import { addCopyVerb } from './copy-verb.ts';
import { withJson, withRegistry } from './flags.ts';
import { addTagVerbs } from './tag-verbs.ts';

/** Adds copy, and tags with what is done to one of them. */
export function addRegistryVerbs(program: Command, run: RunVerb): void {
  addCopyVerb(program, run);
  const tagsVerb = program
    .command('tags')
    .description('list the tags of a repository with their digests, versions first and newest first')
    .argument('<repository>', 'registry/repository, repository of the registry that is served here, or oci:DIRECTORY')
    .action((repository: string, flags: TagsFlags) =>
      run(async (shell) => (await import('../tags.ts')).tags(shell, repository, flags)),
    );
  withRegistry(withJson(tagsVerb));
  // The options of a verb below it are its own, though some have the same names.
  addTagVerbs(tagsVerb.enablePositionalOptions(), run);
}
