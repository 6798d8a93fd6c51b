/** `copy SOURCE TARGET`: copies an image between any two repositories, by digest, its tag last. */
import { InputError, NotFoundError } from '../errors/errors.ts';
import { copy as copyImage } from '../oci/copy/copy.ts';
import type { CopyResult } from '../oci/copy/copy-graph.ts';
import { proveGraph } from '../oci/copy/prove-graph.ts';
import type { Resolved, Target } from '../oci/copy/target.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { assertConfirmable, confirmYes } from './confirm.ts';
import { dataDirectoryOf } from './connection.ts';
import { copyProgress } from './copy-progress.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { formatRepository, type Location, parseLocation, tagOrDigestOf } from './location.ts';
import { localCredentials } from './registry-credentials.ts';
import { formatSpan } from './render/age.ts';
import { formatBytes } from './render/bytes.ts';
import { formatDigest } from './render/digest.ts';
import { openRepositories, type RegistryFlags } from './repositories.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

export interface CopyFlags extends RegistryFlags {
  readonly data?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** What will be copied where, and what the target's tag names now. */
interface CopyPlan {
  readonly source: string;
  readonly target: string;
  readonly digest: string;
  readonly tag: Tag | undefined;
  /** Digest that the target's tag names now; undefined when it is free. */
  readonly displaced: string | undefined;
}

/** Copies the image and prints a summary; a tag that names something else is moved only after a yes. */
export async function copy(
  shell: Shell,
  named: { readonly source: string; readonly target: string },
  flags: CopyFlags,
): Promise<ExitCode> {
  const source = parseLocation(named.source, shell.cwd);
  const target = parseLocation(named.target, shell.cwd);
  const wanted = tagOrDigestOf(source);
  if (wanted === undefined) throw unnamed(named.source);
  if (target.digest !== undefined) throw digestAtTarget(named.target);

  const repositories = await openRepositories(shell, localCredentials(shell, dataDirectoryOf(shell, flags)), flags);
  try {
    const from = await repositories.openSource(source);
    const root = await from.resolve(wanted, shell.signal);
    if (root === undefined) {
      throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `manifest not found: ${named.source}` });
    }
    // A dry run leaves no layout behind where there was none.
    const into = flags.dryRun
      ? await openForLooking(repositories.openSource, target)
      : await repositories.openTarget(target);
    const plan = await planCopy({ source, target, root, into, signal: shell.signal });
    if (flags.dryRun) return await tellPlan(shell, plan, { root, into, json: flags.json });
    if (!(await agreed(shell, plan, flags)) || into === undefined) return exitCodes.cancelled;
    return await runCopy(shell, plan, { from, into, root, json: flags.json });
  } finally {
    await repositories.close();
  }
}

async function openForLooking(open: (location: Location) => Promise<Target>, target: Location) {
  try {
    return await open(target);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function planCopy(parts: {
  readonly source: Location;
  readonly target: Location;
  readonly root: Resolved;
  readonly into: Target | undefined;
  readonly signal: AbortSignal;
}): Promise<CopyPlan> {
  const tag = parts.target.tag ?? parts.source.tag;
  const present = tag === undefined ? undefined : await parts.into?.resolve(tag, parts.signal);
  return {
    source: formatRepository(parts.source),
    target: formatRepository(parts.target),
    digest: parts.root.digest,
    tag,
    displaced: present?.digest === parts.root.digest ? undefined : present?.digest,
  };
}

/** Whether the tag may be written: at once when it is free, else after somebody said so. */
async function agreed(shell: Shell, plan: CopyPlan, flags: CopyFlags): Promise<boolean> {
  if (plan.displaced === undefined || flags.yes) return true;
  const move = `${plan.target}:${plan.tag} from ${formatDigest(plan.displaced)} to ${formatDigest(plan.digest)}`;
  assertConfirmable(shell, flags.yes, `move ${move}`);
  const isAgreed = await confirmYes(shell, `move ${move}?`);
  if (!isAgreed) shell.stderr.write('not confirmed, nothing was changed\n');
  return isAgreed;
}

async function tellPlan(
  shell: Shell,
  plan: CopyPlan,
  seen: { readonly root: Resolved; readonly into: Target | undefined; readonly json: boolean },
): Promise<ExitCode> {
  const proof = seen.into === undefined ? undefined : await proveGraph(seen.into, seen.root, { signal: shell.signal });
  const complete = proof?.complete ?? false;
  const { displaced, ...written } = plan;
  if (seen.json) {
    writeJson(shell, { ...written, ...(displaced === undefined ? {} : { displaced }), complete, changed: false });
    return exitCodes.done;
  }
  const content = complete ? 'is there already' : 'will be copied';
  const tag = plan.tag === undefined ? 'none' : plan.tag;
  const moved = displaced === undefined ? '' : `, moved from ${formatDigest(displaced)}`;
  shell.stdout.write(
    `copy of ${plan.digest}\n\n  source   ${plan.source}\n  target   ${plan.target}\n  tag      ${tag}${moved}\n  content  ${content}\n`,
  );
  shell.stderr.write('dry run: nothing was changed\n');
  return exitCodes.done;
}

async function runCopy(
  shell: Shell,
  plan: CopyPlan,
  sides: { readonly from: Target; readonly into: Target; readonly root: Resolved; readonly json: boolean },
): Promise<ExitCode> {
  const startedAt = shell.now();
  const progress = copyProgress(shell, formatDigest(plan.digest));
  try {
    const tags = plan.tag === undefined ? [] : [plan.tag];
    const result = await copyImage(sides.from, sides.root.digest, sides.into, tags, {
      signal: shell.signal,
      onEvent: progress.onEvent,
    });
    progress.close();
    tellResult(shell, plan, result, { json: sides.json, tookMs: shell.now() - startedAt });
    return exitCodes.done;
  } finally {
    progress.close();
  }
}

function tellResult(
  shell: Shell,
  plan: CopyPlan,
  result: CopyResult,
  how: { readonly json: boolean; readonly tookMs: number },
): void {
  const { displaced, ...written } = plan;
  if (how.json) {
    const { manifestsCopied, manifestsPresent, blobsCopied, blobsMounted, blobsPresent, bytesCopied } = result;
    const counts = { manifestsCopied, manifestsPresent, blobsCopied, blobsMounted, blobsPresent, bytesCopied };
    writeJson(shell, { ...written, ...(displaced === undefined ? {} : { displaced }), changed: true, ...counts });
    return;
  }
  const place = plan.tag === undefined ? `${plan.target}@${plan.digest}` : `${plan.target}:${plan.tag}@${plan.digest}`;
  const blobs = `${result.blobsCopied} copied, ${result.blobsMounted} mounted, ${result.blobsPresent} there already`;
  shell.stdout.write(`${place}\n`);
  shell.stderr.write(
    `manifests: ${result.manifestsCopied} copied, ${result.manifestsPresent} there already; blobs: ${blobs}; ` +
      `${formatBytes(result.bytesCopied)} in ${formatSpan(how.tookMs)}\n`,
  );
}

function unnamed(source: string): InputError {
  return new InputError({
    code: 'REFERENCE_INVALID',
    message: `the source names neither tag nor digest: ${source}`,
    wayOut: `write ${source}:TAG or ${source}@DIGEST`,
  });
}

function digestAtTarget(target: string): InputError {
  return new InputError({
    code: 'REFERENCE_INVALID',
    message: `the target cannot name a digest, it gets the source's: ${target}`,
    wayOut: 'leave out @ and what follows it',
  });
}
