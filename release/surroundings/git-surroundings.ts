/** What git alone knows of the source. */
import type { SourceRef } from '../../core/source-ref.ts';
import { compareVersions } from '../../core/version.ts';
import { findWrittenVersion } from '../settings/parse-written-version.ts';
import { readCommit } from './environment.ts';
import { type RunGit, readCommitTime } from './run-git.ts';
import { plainSource } from './source-address.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The commit that is checked out. Where it has tags, the highest version among them names it, else the last one, else the
 * branch: nobody tells why the command is run, and the tag of a commit is the more deliberate name. Nothing is known of
 * who asks.
 */
export async function gitSurroundings(runGit: RunGit): Promise<Surroundings> {
  const commit = readCommit(await runGit(['rev-parse', 'HEAD']));
  return {
    system: 'git',
    commit,
    source: plainSource(await runGit(['config', '--get', 'remote.origin.url'])),
    committedAt: commit === undefined ? undefined : await readCommitTime(runGit, commit),
    ref: commit === undefined ? { kind: 'none' } : await readRef(runGit),
    isForeign: false,
    runUrl: undefined,
    actor: undefined,
    ownRegistry: undefined,
  };
}

async function readRef(runGit: RunGit): Promise<SourceRef> {
  const tags = await runGit(['tag', '--points-at', 'HEAD', '--sort=-version:refname']);
  const tag = highestOf(tags?.split('\n') ?? []);
  if (tag !== undefined && tag !== '') return { kind: 'tag', name: tag };
  const name = await runGit(['symbolic-ref', '--quiet', '--short', 'HEAD']);
  if (name === undefined || name === '') return { kind: 'none' };
  const remote = await runGit(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  return { kind: 'branch', name, isDefault: remote === `origin/${name}` };
}

/** Git sorts candidates behind their version, and words wherever they fall; the first where none is a version. */
function highestOf(tags: readonly string[]): string | undefined {
  const versions = tags.flatMap((name) => {
    const version = findWrittenVersion(name);
    return version === undefined ? [] : [{ name, version }];
  });
  const [highest] = versions.toSorted((one, other) => compareVersions(other.version, one.version));
  return highest?.name ?? tags[0];
}
