/** Resolve: from the version or digest that was asked for to the release in the environment upstream, once. */

import type { CommandSource } from '../../core/command.ts';
import { locate, upstreamOf } from '../../core/environment.ts';
import type { Release } from '../../core/plan.ts';
import { compareVersions, exactTag, parseVersion, readExactTag, type Version } from '../../core/version.ts';
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import { collectTags } from '../../promotion/collect-tags.ts';
import { readLaneState } from '../ledger/lane-state.ts';
import { readRecords } from '../ledger/records.ts';
import type { Place, SubmitContext } from './context.ts';

export interface ReleaseRequest {
  readonly version: string | undefined;
  readonly digest: string | undefined;
}

/** The release to promote, and where its content is read from. */
export interface ResolvedRelease {
  readonly release: Release;
  readonly source: CommandSource;
  /** The environment the content comes from; the target itself for the first one. */
  readonly sourceEnvironment: string;
}

/**
 * The release that was asked for; with neither version nor digest, what is current upstream.
 *
 * @throws InputError VERSION_INVALID, DIGEST_INVALID; REQUEST_INVALID when version and digest disagree.
 * @throws NotFoundError VERSION_NOT_UPSTREAM, MANIFEST_UNKNOWN, NOTHING_CURRENT.
 */
export async function resolveRelease(
  context: SubmitContext,
  place: Place,
  request: ReleaseRequest,
): Promise<ResolvedRelease> {
  const upstream = upstreamOf(context.config, place.environment) ?? place.environment;
  const source = locate(upstream, place.app);
  const at = { source, sourceEnvironment: upstream.name };
  if (request.version !== undefined) {
    const release = await resolveVersion(context, place, at, parseVersion(request.version));
    if (request.digest !== undefined && parseDigest(request.digest) !== release.digest) {
      const message = `version ${request.version} is ${release.digest} in ${upstream.name}, not ${request.digest}`;
      throw new InputError({ code: 'REQUEST_INVALID', message, wayOut: 'name the version or the digest, not both' });
    }
    return { release, ...at };
  }
  if (request.digest !== undefined) return { release: await resolveDigest(context, place, at, request.digest), ...at };
  return { release: await resolveCurrent(context, place, at), ...at };
}

type At = Pick<ResolvedRelease, 'source' | 'sourceEnvironment'>;

async function resolveVersion(context: SubmitContext, place: Place, at: At, version: Version): Promise<Release> {
  const tag = exactTag(version);
  const found = await context.registries.repository(at.source).resolve(tag);
  if (found !== undefined) return { digest: found.digest, version: tag };
  const message = `version ${tag} of ${place.app.name} is not in ${at.sourceEnvironment}: ${at.source.repository}:${tag}`;
  throw new NotFoundError({
    code: 'VERSION_NOT_UPSTREAM',
    message,
    wayOut: `promote it to ${at.sourceEnvironment} first, or see what is there: registry-action history ${place.app.name} ${at.sourceEnvironment}`,
  });
}

async function resolveDigest(context: SubmitContext, place: Place, at: At, text: string): Promise<Release> {
  const digest = parseDigest(text);
  const found = await context.registries.repository(at.source).resolve(digest);
  if (found === undefined) {
    const message = `digest is not in ${at.sourceEnvironment}: ${at.source.repository}@${digest}`;
    throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message });
  }
  const lane = { app: place.app.name, environment: at.sourceEnvironment };
  const records = await readRecords(context.redis, lane);
  return { digest, version: records.findLast((record) => record.digest === digest)?.version };
}

async function resolveCurrent(context: SubmitContext, place: Place, at: At): Promise<Release> {
  const lane = { app: place.app.name, environment: at.sourceEnvironment };
  const isFirst = at.sourceEnvironment === place.environment.name;
  if (!isFirst) {
    const { ledger } = await readLaneState(context.redis, lane);
    if (ledger !== undefined) return { digest: ledger.digest, version: ledger.version };
  }
  const newest = await newestVersion(context, at.source);
  if (newest !== undefined) return resolveVersion(context, place, at, newest);
  throw new NotFoundError({
    code: 'NOTHING_CURRENT',
    message: `nothing of ${place.app.name} is current in ${at.sourceEnvironment}`,
    wayOut: isFirst
      ? 'push an image with a version tag such as 1.0.0 first'
      : `promote to ${at.sourceEnvironment} first, or name a --version`,
  });
}

/** The highest release among a repository's exact tags: stable ones before all prereleases. */
export async function newestVersion(
  context: Pick<SubmitContext, 'registries'>,
  location: CommandSource,
): Promise<Version | undefined> {
  const tags = await collectTags(context.registries.repository(location), AbortSignal.timeout(listTimeoutMs));
  const versions = [...tags].flatMap((tag) => readExactTag(tag) ?? []);
  const stable = versions.filter((version) => version.prerelease.length === 0);
  return (stable.length > 0 ? stable : versions).sort(compareVersions).at(-1);
}

/** How long one tag listing may take. */
const listTimeoutMs = 60_000;
