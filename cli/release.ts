/** `release`, `release merge` and `release tag`: from the command line to what became of the image everywhere. */
import { childEnvironment } from '../release/access/child-environment.ts';
import { type Masks, openMasks } from '../release/access/masks.ts';
import { withoutSecrets } from '../release/outputs/without-secrets.ts';
import type { ReleaseOutcome } from '../release/release-outcome.ts';
import { verdictOf } from '../release/release-verdict.ts';
import { type ReadRelease, readReleaseRequest } from '../release/settings/read-release-request.ts';
import { readSettings } from '../release/settings/read-settings.ts';
import { basicCredentials } from '../release/settings/registry-auth.ts';
import { secretsOf } from '../release/settings/secrets-of.ts';
import type { SettingValues } from '../release/settings/setting-values.ts';
import { findSurroundings } from '../release/surroundings/find-surroundings.ts';
import { readEvent } from '../release/surroundings/read-event.ts';
import { openSourceAccess } from '../release/surroundings/source-access.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { openGit } from './release/ask-git.ts';
import { type CollectedSettings, collectSettings } from './release/collect-settings.ts';
import { exitCodeOfRelease } from './release/exit-code-of-release.ts';
import { hidingShell } from './release/hiding-shell.ts';
import { openOutputFile } from './release/output-file.ts';
import type { PromotedAfter } from './release/promote-after.ts';
import { type PromotionPart, releaseDocument } from './release/release-document.ts';
import type { ReleaseFlags } from './release/release-flags.ts';
import { releaseInDirectory } from './release/release-in-directory.ts';
import type { ReleaseCommand } from './release/setting-flags.ts';
import { tellRelease, warn } from './release/tell-release.ts';
import { reportFailure } from './report-failure.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

/** Releases what flags and variables say; no secret among them is shown, whatever happens. */
export async function releaseImage(shell: Shell, command: ReleaseCommand, flags: ReleaseFlags): Promise<ExitCode> {
  const masks = openMasks(() => undefined);
  try {
    const collected = await collectSettings(shell, command, flags);
    const written = await withService(shell, collected.written, flags);
    const secrets = [...secretsOf(written, shell.env), shell.env['REGISTRY_ACTION_TOKEN'] ?? ''];
    for (const secret of secrets) masks.add(secret);
    const talking = hidingShell(shell, masks.hide, ['stderr']);
    tellVariables(talking, collected, flags);
    return await releaseSettings(talking, readSettings(written), flags, masks);
  } catch (error) {
    return reportFailure(hidingShell(shell, masks.hide, ['stdout', 'stderr']), error, flags);
  }
}

/** The service is the one that all verbs speak to, unless a setting says otherwise. */
async function withService(
  shell: Shell,
  written: ReadonlyMap<string, string>,
  { data, tokenFile }: ReleaseFlags,
): Promise<ReadonlyMap<string, string>> {
  if (!written.has('promote-to') || written.has('service-url')) return written;
  // What speaks to the service is loaded when it is spoken to.
  const { resolveConnection } = await import('./connection.ts');
  const { url } = await resolveConnection(shell, {
    ...(data === undefined ? {} : { data }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  });
  return new Map([...written, ['service-url', url]]);
}

function tellVariables(shell: Shell, { variables, mistyped }: CollectedSettings, { quiet }: ReleaseFlags): void {
  for (const { variable, meant } of mistyped) warn(shell, `${variable} is no setting; did you mean ${meant}`);
  if (!quiet && variables.length > 0) shell.stderr.write(`from the environment: ${variables.join(', ')}\n`);
}

async function releaseSettings(
  shell: Shell,
  values: SettingValues,
  flags: ReleaseFlags,
  masks: Masks,
): Promise<ExitCode> {
  const read = await readRequest(shell, values);
  for (const login of read.credentials) masks.add(basicCredentials(login));
  for (const { message } of read.notices) warn(shell, message);
  const file = await openOutputFile(shell, flags);
  const outcome = await releaseInDirectory(shell, values, read, flags);
  if (outcome === undefined) return exitCodes.cancelled;
  const shown = withoutSecrets(outcome, masks.hide);
  tellRelease(shell, shown, flags);
  const document = releaseDocument(shown);
  await file?.write(document);
  const promoted = await promote(shell, read, outcome, flags);
  const after = promoted === undefined ? document : { ...document, ...hideIn(promoted.told, masks) };
  if (promoted !== undefined) await file?.write(after);
  if (flags.json) writeJson(shell, after);
  const isReportOnly = promoted?.exitCode === exitCodes.refused && values.choice('on-refusal') === 'report';
  const codes = [isReportOnly ? exitCodes.done : (promoted?.exitCode ?? exitCodes.done), exitCodeOfRelease(outcome)];
  return codes.find((code) => code !== exitCodes.done) ?? exitCodes.done;
}

async function readRequest(shell: Shell, values: SettingValues): Promise<ReadRelease> {
  const { env, cwd } = shell;
  const source = openSourceAccess(cwd, openGit(shell, childEnvironment(env, {})));
  const place = { env, event: await readEvent(env), runGit: source.runGit, now: shell.now() };
  return await readReleaseRequest(values, await findSurroundings(place), source);
}

function hideIn({ error, ...others }: PromotionPart, { hide }: Masks): PromotionPart {
  return error === undefined ? others : { ...others, error: { ...error, message: hide(error.message) } };
}

/** A version that some required repository has not got is promoted nowhere. */
async function promote(
  shell: Shell,
  { promotion }: ReadRelease,
  outcome: ReleaseOutcome,
  flags: ReleaseFlags,
): Promise<PromotedAfter | undefined> {
  const { digest, isDryRun } = outcome;
  const isLacking = verdictOf(outcome) === 'failed';
  if (promotion === undefined || digest === undefined || isDryRun || isLacking) return undefined;
  const { promoteAfter } = await import('./release/promote-after.ts');
  return await promoteAfter(shell, { ...promotion, digest }, flags);
}
