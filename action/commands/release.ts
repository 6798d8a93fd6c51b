/** `command: release`, `merge` and `tag`: from the inputs to what became of the image everywhere. */
import { isLoopbackHost } from '../../api/loopback.ts';
import { childEnvironment } from '../../release/access/child-environment.ts';
import { openReleaseParts } from '../../release/access/open-release-parts.ts';
import { release } from '../../release/release.ts';
import type { ReleaseOutcome, ReleaseWarning } from '../../release/release-outcome.ts';
import { type ReadRelease, readReleaseRequest } from '../../release/settings/read-release-request.ts';
import { basicCredentials } from '../../release/settings/registry-auth.ts';
import type { SettingNotice } from '../../release/settings/setting-notice.ts';
import type { SettingValues } from '../../release/settings/setting-values.ts';
import { findSurroundings } from '../../release/surroundings/find-surroundings.ts';
import { readEvent } from '../../release/surroundings/read-event.ts';
import { openSourceAccess } from '../../release/surroundings/source-access.ts';
import { openGit } from '../ask-git.ts';
import { openReleaseLog } from '../release-log.ts';
import type { Runner } from '../runner.ts';
import { openStepDirectory, removeStepDirectory } from '../step-directory.ts';
import type { StepResult } from '../step-result.ts';
import { tellRelease } from '../tell-release.ts';

/** Releases what the inputs say and tells what became of it; then asks for the promotion, where one is wanted. */
export async function releaseImage(runner: Runner, values: SettingValues): Promise<StepResult> {
  const { env, cwd } = runner;
  const source = openSourceAccess(cwd, openGit(cwd, childEnvironment(env, {})));
  const around = await findSurroundings({
    env,
    event: await readEvent(env),
    runGit: source.runGit,
    now: runner.now(),
  });
  const read = await readReleaseRequest(values, around, source);
  for (const login of read.credentials) runner.mask(basicCredentials(login));
  for (const notice of read.notices) tellNotice(runner, notice);
  const directory = await openStepDirectory(runner);
  try {
    const outcome = await releaseWithin(runner, values, read, directory);
    const told = await tellRelease(runner, outcome, { actor: around.actor, summary: values.flag('summary') });
    return told === 'passed' ? await promoteAfter(runner, values, read, outcome) : told;
  } finally {
    // What was done is done; the post part tries again.
    await removeStepDirectory(directory).catch((error: unknown) => runner.say(`could not be removed yet: ${error}`));
  }
}

async function releaseWithin(
  runner: Runner,
  values: SettingValues,
  { request, credentials }: ReadRelease,
  directory: string,
): Promise<ReleaseOutcome> {
  const log = openReleaseLog(runner);
  const { env, cwd } = runner;
  const door = {
    env,
    cwd,
    directory,
    userAgent: 'registry-action',
    isLoopback: isLoopbackHost,
    onSecret: runner.mask,
    onWarning: ({ code, message }: ReleaseWarning) => runner.annotate({ kind: 'warning', title: code, message }),
  };
  const parts = await openReleaseParts(door, values, credentials);
  try {
    return await release(request, parts, { signal: runner.signal, onEvent: log.tell });
  } finally {
    log.close();
    await parts.close();
  }
}

/** The version is promoted where it was pushed; a plan of what is not pushed yet cannot be made. */
async function promoteAfter(
  runner: Runner,
  values: SettingValues,
  { promotion }: ReadRelease,
  { digest, isDryRun }: ReleaseOutcome,
): Promise<StepResult> {
  if (promotion === undefined || digest === undefined || isDryRun) return 'passed';
  const { promote } = await import('./promote.ts');
  const how = { summary: values.flag('summary'), onRefusal: values.choice('on-refusal') };
  return (await promote(runner, { ...promotion, digest }, how)).result;
}

/** What somebody may not have meant is a warning; what is as it must be is a note. */
function tellNotice(runner: Runner, { code, message }: SettingNotice): void {
  runner.annotate({ kind: code === 'push-withheld' ? 'notice' : 'warning', title: code, message });
}
