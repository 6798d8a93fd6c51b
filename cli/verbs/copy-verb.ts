/** The words and flags of `copy`, and its help. */
import { type Command, InvalidArgumentError } from 'commander';
import type { CopyFlags } from '../copy.ts';
import { parseDuration } from '../duration.ts';
import type { RunVerb } from '../run-verb.ts';
import { withJson, withRegistry } from './flags.ts';

/** Adds copy. */
export function addCopyVerb(program: Command, run: RunVerb): void {
  const verb = program
    .command('copy')
    .alias('cp')
    .description(
      'copy images between registries and directories: by digest, every platform, each tag when all it needs is there',
    )
    .argument('<source>', 'registry/repository:tag, registry/repository@digest or oci:DIRECTORY:tag')
    .argument('<targets...>', 'registry/repository[:tag] or oci:DIRECTORY[:tag]; the tag is the source’s when absent');
  withChoice(verb)
    .option('--referrers', 'demand its signatures, attestations and other referrers, also of what is there already')
    .option('--no-referrers', 'leave them; without either flag they come along with what is copied')
    .option('--wait-referrers <time>', 'wait so long for referrers to appear, such as 2m', parseWait, 0)
    .optionsGroup('What changes:')
    .option('--dry-run', 'show what would be copied and change nothing', false)
    .option('-y, --yes', 'do not ask before tags of a target are moved', false)
    .option('-n, --no-clobber', 'leave a tag as it is that names something else')
    .option('--repair', 'look below what the target has, too, and copy what is missing there', false)
    .optionsGroup('Registries:')
    .option(
      '-j, --jobs <count>',
      'requests at once to the source, and to each target; what they take when absent',
      parseJobs,
    );
  withRegistry(verb)
    .option('--source-plain-http', 'the same for the source alone', false)
    .option('--target-plain-http', 'the same for the targets alone', false)
    .optionsGroup('Output:')
    .option('-q, --quiet', 'print the copied references alone, one a line', false);
  withJson(verb)
    .addHelpText('after', examples)
    .action((source: string, targets: readonly string[], flags: CopyFlags) =>
      run(async (shell) => (await import('../copy.ts')).copy(shell, { source, targets }, flags)),
    );
}

function withChoice(verb: Command): Command {
  return verb
    .optionsGroup('What is copied:')
    .option('-t, --tag <tag>', 'a tag for every target, instead of the source’s; may be repeated', collect, [])
    .option('-a, --all-tags', 'every tag; source and targets are repositories then', false)
    .option('--match <pattern>', "the tags that suit, such as '1.*'; may be repeated", collect, [])
    .option('--except <pattern>', "not the tags that suit, such as '*-rc*' or 'sha256-*'; may be repeated", collect, [])
    .option(
      '--platform <list>',
      'these platforms alone, such as linux/amd64,linux/arm64; changes the digest',
      collect,
      [],
    );
}

const jobsMax = 64;

function parseWait(text: string): number {
  return parseDuration(text, '--wait-referrers');
}

function parseJobs(text: string): number {
  if (/^[1-9]\d?$/.test(text) && Number(text) <= jobsMax) return Number(text);
  throw new InvalidArgumentError(`not a number from 1 to ${jobsMax}`);
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}

const examples = `
Examples:
  Mirror an image:
    registry-action copy docker.io/library/alpine:3.20 registry.example.com/base/alpine

  Give it two tags, in two registries:
    registry-action copy ghcr.io/acme/web@sha256:… eu.example.com/web us.example.com/web --tag 1.4.2 --tag 1.4

  Retag within a repository; nothing is copied:
    registry-action copy registry.example.com/web:1.4.2 registry.example.com/web:stable

  Mirror many tags, after a look at what would happen:
    registry-action copy ghcr.io/acme/web registry.example.com/web --match '1.*' --except '*-rc*' --dry-run

  Into a directory, and from there where no network leads:
    registry-action copy docker.io/library/redis:7 oci:redis
    registry-action copy oci:redis:7 registry.intern/redis

  For two of its platforms; the result is another image with another digest:
    registry-action copy docker.io/library/redis:7 registry.example.com/redis --platform linux/amd64,linux/arm64

Signing in: what docker login, podman login and credential helpers left behind, as DOCKER_CONFIG and REGISTRY_AUTH_FILE
say, is found. A target's line on stdout begins with its reference and digest; everything else goes to stderr.
`;
