/** What became of a copy as one JSON object. Scripts read it: members may be added, none may change its meaning. */
import type { FoundReferrer, ReferrerReport } from '../../oci/copy/referrers/referrer-report.ts';
import { formatPlatform, type Platform } from '../../oci/spec/platform.ts';
import { formatRepository } from '../location.ts';
import { failureText } from '../report-failure.ts';
import { type CopyOutcome, isChanged } from './copy-outcome.ts';
import { type CopyPlan, movesOf } from './plan-copy.ts';

type Document = Readonly<Record<string, unknown>>;

/** The object of a copy that was carried out, or tried. */
export function copyDocument(outcome: CopyOutcome, platforms: readonly Platform[]): Document {
  switch (outcome.kind) {
    case 'done': {
      const { manifestsCopied, manifestsPresent, blobsCopied, blobsMounted, blobsPresent, bytesCopied } =
        outcome.result;
      return {
        ...planDocument(outcome.plan, platforms),
        changed: isChanged(outcome),
        manifestsCopied,
        manifestsPresent,
        blobsCopied,
        blobsMounted,
        blobsPresent,
        bytesCopied,
        foreignLayersLeftOut: outcome.result.skipped.map(({ digest }) => digest),
        ...(outcome.result.referrers === undefined ? {} : { referrers: referrersDocument(outcome.result.referrers) }),
        tookMs: Math.round(outcome.tookMs),
      };
    }
    case 'kept':
      return { ...planDocument(outcome.plan, platforms), changed: false };
    case 'failed': {
      const { source, wanted, target, tags } = outcome.job;
      const named = { source: formatRepository(source), wanted, target: formatRepository(target), tags };
      return { ...named, changed: false, error: failureText(outcome.error) };
    }
  }
}

/** The plan in the members that every document has. */
export function planDocument(plan: CopyPlan, platforms: readonly Platform[]): Document {
  const { job, root, whole, tags } = plan;
  const kept = job.tags.filter((tag) => !tags.includes(tag));
  return {
    source: formatRepository(job.source),
    target: formatRepository(job.target),
    digest: root.digest,
    tags,
    ...(platforms.length === 0
      ? {}
      : {
          platforms: platforms.map(formatPlatform),
          sourceDigest: whole.digest,
          digestKept: whole.digest === root.digest,
        }),
    moved: movesOf(plan),
    ...(kept.length === 0 ? {} : { kept }),
  };
}

function referrersDocument({ carried, present, absent, failed }: ReferrerReport) {
  const named = ({ subject, door, descriptor, tag }: FoundReferrer) => ({
    digest: descriptor.digest,
    subject,
    door,
    ...(descriptor.artifactType === undefined ? {} : { artifactType: descriptor.artifactType }),
    ...(tag === undefined ? {} : { tag }),
  });
  return {
    carried: carried.map(named),
    present: present.map(named),
    absent,
    failed: failed.map(({ subject, referrer, code, message }) => ({
      subject,
      ...(referrer === undefined ? {} : { digest: referrer.descriptor.digest }),
      code,
      message,
    })),
  };
}
