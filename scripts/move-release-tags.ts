/**
 * Publishes the version that package.json names as git tags: v1.2.3 at the commit that is checked out, then v1.2 and v1 by
 * the ladder that images have. A version that is overtaken in its line takes its own tag and no other.
 *
 * The floating tags have no GitHub Release, whose tag could be locked. Running it again ends in the same state.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { planLadder } from '../core/ladder.ts';
import { parseLadderPolicy } from '../core/ladder-policy.ts';
import { parseVersion } from '../core/version.ts';

/** Tags of a git repository, and what they name. */
export type GitTags = ReadonlyMap<string, string>;

/** What publishing a version does to the tags. */
export interface ReleaseTags {
  /** Written once and never moved. */
  readonly exact: string;
  /** Floating tags that the version takes, lowest first. */
  readonly move: readonly string[];
  /** Floating tags that stay where they are, and the versions that keep them there. */
  readonly hold: readonly { readonly tag: string; readonly at: string | undefined }[];
  /** Whether its GitHub Release is shown as the latest one. */
  readonly isLatest: boolean;
  readonly isPrerelease: boolean;
}

/** `latest` is no git tag, but the mark of a GitHub Release. */
const policy = parseLadderPolicy({ naming: { tagPrefix: 'v' }, rungs: ['minor', 'major', 'latest'] });

/** How often another publisher may come between the list of tags and the push before we give up. */
const roundsMax = 5;

/** What publishing the version does in a repository that has these tags. */
export function planReleaseTags(version: string, existingTags: readonly string[]): ReleaseTags {
  const parsed = parseVersion(version);
  const plan = planLadder({ version: parsed, existingTags, policy });
  const floats = <Rung extends { readonly rung: string }>(rungs: readonly Rung[]) =>
    rungs.filter(({ rung }) => rung !== 'latest');
  return {
    exact: plan.exact,
    move: floats(plan.move).map(({ tag }) => tag),
    hold: floats(plan.hold).map(({ tag, heldAt }) => ({ tag, at: heldAt })),
    isLatest: plan.move.some(({ rung }) => rung === 'latest'),
    isPrerelease: parsed.prerelease.length > 0,
  };
}

/**
 * Publishes the version at the commit in the remote repository. git compares and swaps: a push whose tags were moved
 * meanwhile is refused, and planned anew.
 */
export function publishTags(version: string, git: Git): ReleaseTags {
  const commit = git('rev-parse', 'HEAD^{commit}');
  const { exact } = planReleaseTags(version, []);
  const there = listRemoteTags(git).get(exact);
  if (there !== undefined && there !== commit) {
    throw new Error(`${exact} is published from ${there}: a version is never moved. Raise the version in package.json`);
  }
  if (there === undefined) git('push', 'origin', `${commit}:refs/tags/${exact}`);
  let refusal: unknown;
  for (let round = 1; ; round += 1) {
    const tags = listRemoteTags(git);
    const plan = planReleaseTags(version, [...tags.keys()]);
    const wrong = plan.move.filter((tag) => tags.get(tag) !== commit);
    if (wrong.length === 0) return plan;
    if (round > roundsMax) throw new Error(`${wrong.join(', ')} cannot be moved: run it again`, { cause: refusal });
    refusal = pushFloats(git, commit, new Map(wrong.map((tag) => [tag, tags.get(tag) ?? ''])));
  }
}

/** Runs git; answers what it wrote, without the last line break. */
type Git = (...words: readonly string[]) => string;

/** Of a tag with a message of its own the second line, which ends in ^{}, has the commit. */
function listRemoteTags(git: Git): GitTags {
  const lines = git('ls-remote', '--tags', 'origin').split('\n');
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, commit, tag] = /^([0-9a-f]+)\trefs\/tags\/(.+?)(?:\^\{\})?$/.exec(line) ?? [];
      return commit === undefined || tag === undefined ? [] : [[tag, commit]];
    }),
  );
}

/** Moves the tags from what each names now, all or none; answers why not, such as that somebody moved one of them. */
function pushFloats(git: Git, commit: string, from: ReadonlyMap<string, string>): unknown {
  const leases = [...from].map(([tag, old]) => `--force-with-lease=refs/tags/${tag}:${old}`);
  const targets = [...from.keys()].map((tag) => `${commit}:refs/tags/${tag}`);
  try {
    git('push', '--atomic', ...leases, 'origin', ...targets);
    return undefined;
  } catch (error) {
    return error;
  }
}

if (import.meta.main) {
  const page = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version }: { readonly version: string } = JSON.parse(page);
  const git: Git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).replace(/\n$/, '');
  const { exact, move, hold, isLatest, isPrerelease } = publishTags(version, git);
  console.log(`${exact} is published`);
  for (const tag of move) console.log(`${tag} is ${exact}`);
  for (const { tag, at } of hold) console.log(`${tag} stays at v${at}`);
  const outputs = { tag: exact, latest: isLatest, prerelease: isPrerelease };
  const file = process.env['GITHUB_OUTPUT'];
  if (file) for (const [name, value] of Object.entries(outputs)) appendFileSync(file, `${name}=${value}\n`);
}
