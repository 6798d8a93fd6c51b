/** A release in a directory of its own: agreed to, carried out, told as it goes on, and nothing of it left behind. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLoopbackHost } from '../../api/loopback.ts';
import { type OpenReleaseParts, openReleaseParts } from '../../release/access/open-release-parts.ts';
import { release } from '../../release/release.ts';
import type { ReleaseOutcome, TagOutcome } from '../../release/release-outcome.ts';
import type { ReleaseRequest } from '../../release/release-request.ts';
import type { ReadRelease } from '../../release/settings/read-release-request.ts';
import type { SettingValues } from '../../release/settings/setting-values.ts';
import { confirmYes } from '../confirm.ts';
import { dataDirectoryOf } from '../data-directory.ts';
import { embeddedCredentials } from '../registry-credentials.ts';
import type { Shell } from '../shell.ts';
import type { ReleaseFlags } from './release-flags.ts';
import { openReleaseLog } from './release-log.ts';
import { renderIntent, renderOutcome, titleOf } from './render-release.ts';
import { warn } from './tell-release.ts';

/**
 * What became of the release; undefined when somebody was asked and said no. What is written on the way, credentials
 * among it, lies in a directory that is gone afterwards.
 */
export async function releaseInDirectory(
  shell: Shell,
  values: SettingValues,
  read: ReadRelease,
  flags: ReleaseFlags,
): Promise<ReleaseOutcome | undefined> {
  const { env, cwd } = shell;
  const directory = await mkdtemp(join(env['TMPDIR'] || tmpdir(), 'registry-action-'));
  try {
    await chmod(directory, 0o700);
    const door = {
      ...{ env, cwd, directory },
      userAgent: 'registry-action-cli',
      isLoopback: isLoopbackHost,
      otherCredentials: embeddedCredentials(
        dataDirectoryOf(shell, flags.data === undefined ? {} : { data: flags.data }),
      ),
      onWarning: ({ message }: { readonly message: string }) => warn(shell, message),
    };
    const parts = await openReleaseParts(door, values, read.credentials);
    try {
      return await releaseAgreed(shell, read.request, parts, flags);
    } finally {
      await parts.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function releaseAgreed(
  shell: Shell,
  request: ReleaseRequest,
  parts: OpenReleaseParts,
  flags: ReleaseFlags,
): Promise<ReleaseOutcome | undefined> {
  if (!flags.quiet) shell.stderr.write(renderIntent(request, shell.stderr.look()));
  if (!(await isAgreed(shell, request, parts, flags))) {
    shell.stderr.write('not confirmed, nothing was changed\n');
    return undefined;
  }
  const log = openReleaseLog(shell, flags);
  try {
    return await release(request, parts, { signal: shell.signal, onEvent: log.tell });
  } catch (error) {
    log.close();
    for (const line of log.keptBack()) shell.stderr.write(`${line}\n`);
    throw error;
  } finally {
    log.close();
  }
}

/** Whoever sits at a terminal sees the plan and is asked; a job is not, for pushing is what it is there for. */
async function isAgreed(
  shell: Shell,
  request: ReleaseRequest,
  parts: OpenReleaseParts,
  { yes }: ReleaseFlags,
): Promise<boolean> {
  const { push, dryRun } = request.effects;
  if (yes || !push || dryRun || shell.ask === undefined) return true;
  const planned = { ...request, effects: { ...request.effects, dryRun: true } };
  const plan = await release(planned, parts, { signal: shell.signal });
  shell.stderr.write(`${renderOutcome(plan, shell.stderr.look())}\n`);
  const isSo = plan.places.every(({ status, tags }) => status === 'planned' && tags.every(isUnchanged));
  if (isSo) return true;
  return await confirmYes(shell, `go ahead with the ${titleOf(request)}?`);
}

function isUnchanged({ change }: TagOutcome): boolean {
  return change === 'unchanged';
}
