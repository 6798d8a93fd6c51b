/** The verbs `release`, `release merge` and `release tag`. Their flags are added when one of them is asked for. */
import type { Command } from 'commander';
import type { ReleaseCommand } from '../release/setting-flags.ts';
import type { RunVerb } from '../run-verb.ts';

/**
 * Adds release, and merge and tag below it: they are the same release of an image that is there already, take the same
 * flags, and a verb `tag` beside `tags`, which only lists, would be one letter from moving `latest` by mistake.
 */
export function addReleaseVerb(program: Command, run: RunVerb): void {
  const release = program
    .command('release')
    .description('build an image and publish it under its version: what is published stays, latest never goes back');
  const merge = release
    .command('merge')
    .description('publish images of several platforms, which are in a registry by their digests, as one');
  const tag = release
    .command('tag')
    .description('publish an image that is there under its version, without building anything');
  runAs(release, 'release', run);
  runAs(merge, 'merge', run);
  runAs(tag, 'tag', run);
}

function runAs(verb: Command, command: ReleaseCommand, run: RunVerb): void {
  verb.action((_: unknown, parsed: Command) =>
    run(async (shell) => {
      const { readReleaseFlags } = await import('../release/release-flags.ts');
      const { releaseImage } = await import('../release.ts');
      return await releaseImage(shell, command, readReleaseFlags(parsed, command));
    }),
  );
}

/** Adds their flags and examples: they are many, and made from a table that no other verb needs. */
export async function addReleaseDetails(program: Command): Promise<void> {
  const { addReleaseFlags } = await import('../release/release-flags.ts');
  const release = program.commands.find((verb) => verb.name() === 'release');
  if (release === undefined) return;
  addReleaseFlags(release, 'release');
  release.addHelpText('after', releaseExamples + notes);
  for (const verb of release.commands) {
    const command = verb.name() === 'merge' ? 'merge' : 'tag';
    addReleaseFlags(verb, command);
    verb.addHelpText('after', command === 'merge' ? mergeExamples : tagExamples);
  }
}

const releaseExamples = `
Examples:
  In a job about the git tag v1.9.1; the image takes 1.9.1, and 1.9, 1 and latest where nothing higher has them:
    registry-action release --images ghcr.io/acme/web

  The same from a laptop, after a look at what would happen:
    registry-action release --images ghcr.io/acme/web --version 1.9.1 --dry-run

  To two registries, of which the second may fail, with a password from standard input:
    registry-action release --images ghcr.io/acme/web --optional-images docker.io/acme/web --username ci --password-stdin

  For two platforms, with a build argument and a secret that a variable holds:
    registry-action release --images ghcr.io/acme/web --platforms linux/amd64,linux/arm64 --build-args MODE=fast --secret-envs npm=NPM_TOKEN

  A directory of files, without any builder:
    registry-action release --images ghcr.io/acme/web --source dir:dist --entrypoint /server --ports 8080

  Outputs for the steps that follow, and a promotion:
    registry-action release --images ghcr.io/acme/web --output-file release.env --promote-to staging
`;

const notes = `
Settings are those of the Action, and mean the same. What no flag says is taken from REGISTRY_ACTION_ and the name of
the setting in capitals: REGISTRY_ACTION_IMAGES, REGISTRY_ACTION_BUILD_ARGS. Secrets come by variable, file or standard
input, never as a word of the command line. Signing in: what docker login and podman login left is found and left as it
is; on GitLab the token of the job opens the project's own registry.

On standard output stands each tag with its digest, one a line; all else goes to stderr. Exit code 11: some repositories
have the release and others, which are named, have not.
`;

const mergeExamples = `
Example:
    registry-action release merge --images ghcr.io/acme/web --version 1.9.1 --sources sha256:${'1'.repeat(64)} --sources sha256:${'2'.repeat(64)}
`;

const tagExamples = `
Example:
    registry-action release tag --images ghcr.io/acme/web --version 1.9.1 --digest sha256:${'1'.repeat(64)}
`;
