/** A target through which a test sees every call, and may delay, refuse or lose it. */
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';

/** One call of a method that touches content. */
export interface Call {
  readonly method: 'resolve' | 'fetchManifest' | 'hasBlob' | 'fetchBlob' | 'pushBlob' | 'pushManifest' | 'pushTag';
  /** What it is about: a digest, or a tag. */
  readonly subject: string;
}

/** Does the call by `proceed`, or something else. */
export type Around = <Result>(call: Call, proceed: () => Promise<Result>) => Promise<Result>;

/** The target, with every call led through `around`. */
export function observedTarget(target: Target, around: Around): Target {
  const { name, place } = target;
  return {
    name,
    ...(place === undefined ? {} : { place }),
    listTags: (signal) => target.listTags(signal),
    resolve: (subject, signal) => around({ method: 'resolve', subject }, () => target.resolve(subject, signal)),
    fetchManifest: (subject, signal) =>
      around({ method: 'fetchManifest', subject }, () => target.fetchManifest(subject, signal)),
    hasBlob: (blob, signal) => around({ method: 'hasBlob', subject: blob.digest }, () => target.hasBlob(blob, signal)),
    fetchBlob: (blob, signal) =>
      around({ method: 'fetchBlob', subject: blob.digest }, () => target.fetchBlob(blob, signal)),
    pushBlob: (blob, open, signal) =>
      around({ method: 'pushBlob', subject: blob.digest }, () => target.pushBlob(blob, open, signal)),
    pushManifest: (manifest, signal) =>
      around({ method: 'pushManifest', subject: manifest.descriptor.digest }, () =>
        target.pushManifest(manifest, signal),
      ),
    pushTag: (tag, manifest, options) =>
      around({ method: 'pushTag', subject: tag }, () => target.pushTag(tag, manifest, options)),
  };
}

/** The target, and the list of calls made on it so far. */
export function recordedTarget(target: Target): { target: Target; calls: Call[] } {
  const calls: Call[] = [];
  const recorded = observedTarget(target, (call, proceed) => {
    calls.push(call);
    return proceed();
  });
  return { target: recorded, calls };
}

/** How many calls of the method were made, about that digest when it is given. */
export function countCalls(calls: readonly Call[], method: Call['method'], digest?: Digest): number {
  return calls.filter((call) => call.method === method && (digest === undefined || call.subject === digest)).length;
}
