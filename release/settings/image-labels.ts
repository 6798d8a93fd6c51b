/** The labels and annotations of an image: those that can be known, and those that somebody wrote. */
import type { NamedValue } from '../builders/builder.ts';
import type { ReleaseSubject, Revision } from '../release-request.ts';

/** What an image says about itself. */
export interface ImageLabels {
  readonly labels: readonly NamedValue[];
  /** A name may begin with `index:` or `manifest:`; one without is for both. */
  readonly annotations: readonly NamedValue[];
}

const prefix = 'org.opencontainers.image.';

/** The name of the label by which a repeated run knows its image. Spec: image-spec v1.1.1, "Pre-Defined Annotation Keys". */
export const revisionLabel = `${prefix}revision`;

/**
 * What is written wins over what is known; of several of one name the last. Annotations follow the labels where both
 * say the same thing. Spec: image-spec v1.1.1, "Pre-Defined Annotation Keys".
 */
export function imageLabels(subject: ReleaseSubject, revision: Revision, written: ImageLabels): ImageLabels {
  const known = knownLabels(subject, revision);
  const labels = overlay([...known, ...written.labels]);
  const followed = labels.filter(({ name }) => known.some((label) => label.name === name));
  return { labels, annotations: overlay([...followed, ...written.annotations]) };
}

function knownLabels(subject: ReleaseSubject, { commit, source, committedAt }: Revision): readonly NamedValue[] {
  const version = subject.kind === 'version' ? subject.version.text : subject.tags[0];
  const url = source !== undefined && /^https?:/.test(source) ? source : undefined;
  const created = committedAt === undefined ? undefined : formatTime(committedAt);
  const values = { created, revision: commit, source, url, version };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: prefix + name, value }],
  );
}

function overlay(values: readonly NamedValue[]): readonly NamedValue[] {
  return [...new Map(values.map((one) => [one.name, one])).values()];
}

/** Spec: RFC 3339, section 5.6. */
function formatTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
