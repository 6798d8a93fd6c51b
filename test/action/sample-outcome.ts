/** Outcomes of releases, one for each thing that can be seen in them. */
import { parseVersion } from '../../core/version.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import type { PlaceOutcome, ReleaseOutcome, TagOutcome } from '../../release/release-outcome.ts';
import type { ImagePlace } from '../../release/release-request.ts';

/** Digests whose first digits tell them apart. */
export const digests = {
  old: parseDigest(`sha256:1a1a1a1a1a1a${'0'.repeat(52)}`),
  new: parseDigest(`sha256:2b2b2b2b2b2b${'0'.repeat(52)}`),
  arm: parseDigest(`sha256:3c3c3c3c3c3c${'0'.repeat(52)}`),
} as const;

export const commit = '0123456789abcdef0123456789abcdef01234567';

/** A required repository of that name at the registry. */
export function placeOf(registry: string, isRequired = true): ImagePlace {
  return { registry, repository: parseRepositoryName('acme/web'), isRequired };
}

/** A tag that names the new image now. */
export function tagOutcome(tag: string, change: TagOutcome['change'], kind: TagOutcome['kind'] = 'float'): TagOutcome {
  const from = change === 'moved' ? digests.old : change === 'unchanged' ? digests.new : undefined;
  return { tag: parseTag(tag), kind, change, from, to: digests.new };
}

/** A backport in one repository: the exact tag is new, two floats moved, latest was held. */
export function placeOutcome(changes: Partial<PlaceOutcome> = {}): PlaceOutcome {
  return {
    place: placeOf('ghcr.io'),
    status: 'done',
    tags: [tagOutcome('1.9.1', 'created', 'exact'), tagOutcome('1.9', 'moved'), tagOutcome('1', 'moved')],
    held: [{ tag: parseTag('latest'), rung: 'latest', reason: 'higher-exists', heldAt: '2.0.1' }],
    error: undefined,
    ...changes,
  };
}

/** That backport, built for one platform and pushed to one repository. */
export function releaseOutcome(changes: Partial<ReleaseOutcome> = {}): ReleaseOutcome {
  return {
    subject: { kind: 'version', version: parseVersion('1.9.1'), extraTags: [] },
    revision: { commit, source: 'https://github.com/acme/web', committedAt: Date.parse('2026-03-01T12:00:00Z') },
    digest: digests.new,
    origin: { kind: 'built', builder: 'buildx', tookMs: 41_200, warnings: [] },
    platforms: [{ platform: { os: 'linux', architecture: 'arm64' }, digest: digests.arm }],
    places: [placeOutcome()],
    warnings: [],
    isDryRun: false,
    ...changes,
  };
}
