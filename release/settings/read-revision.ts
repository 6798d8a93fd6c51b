/** The commit that the image is made from. Adds to the faults. */
import { InputError } from '../../errors/errors.ts';
import type { Revision } from '../release-request.ts';
import { type RunGit, readCommitTime } from '../surroundings/run-git.ts';
import type { Surroundings } from '../surroundings/surroundings.ts';
import type { SettingNotice } from './setting-notice.ts';
import type { SettingValues } from './setting-values.ts';

/** The commit, and what to say about it. */
export interface ReadRevision {
  readonly revision: Revision;
  readonly notices: readonly SettingNotice[];
}

/** The commit that is written, else the one that the run is about; its time from git where the run does not tell it. */
export async function readRevision(
  values: SettingValues,
  around: Surroundings,
  runGit: RunGit | undefined,
): Promise<ReadRevision> {
  const written = readWritten(values);
  const commit = written ?? around.commit;
  const known = commit === around.commit ? around.committedAt : undefined;
  const committedAt = known ?? (runGit && commit ? await readCommitTime(runGit, commit) : undefined);
  const notices = written === undefined ? await noticesOf(values, around, runGit) : [];
  return { revision: { commit, source: around.source, committedAt }, notices };
}

function readWritten(values: SettingValues): string | undefined {
  const value = values.text('revision');
  if (value === undefined) return undefined;
  return values.faults.attempt<string | undefined>({ setting: 'revision', value }, () => parseCommit(value), undefined);
}

function parseCommit(text: string): string {
  const commit = text.toLowerCase();
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return commit;
  throw new InputError({
    code: 'SETTING_INVALID',
    message: 'not a commit in full',
    wayOut: 'write all 40 digits, such as the output commit of actions/checkout',
  });
}

/** A workflow that was started for one commit and has checked out another would label the image with the first. */
async function noticesOf(
  values: SettingValues,
  { commit, ref }: Surroundings,
  runGit: RunGit | undefined,
): Promise<readonly SettingNotice[]> {
  const builds = values.command === 'release' && !values.isGiven('source');
  if (runGit === undefined || commit === undefined || !builds || ref.kind === 'pull-request') return [];
  const head = await runGit(['rev-parse', 'HEAD']);
  if (head === undefined || head === commit) return [];
  const message = `the run is about commit ${commit}, but ${head} is checked out: set revision when it is built`;
  return [{ code: 'revision-differs', message }];
}
