/** Registries that have no time just now. */
import { expect } from 'vitest';
import { type Behaviour, refusal } from '../../oci/quirks/plain-registry.ts';
import { named, newDigest, releaseQuirk } from './release-quirk.ts';

const isTagWrite = ({ method, path }: { readonly method: string; readonly path: string }) =>
  method === 'PUT' && path.includes('/manifests/') && !path.includes('sha256:');

function expectAll([registry]: Parameters<Parameters<typeof releaseQuirk>[2]['expected']>[0]): void {
  for (const tag of ['1.9.1', '1.9', '1', 'latest']) expect(named(registry, tag)).toBe(newDigest);
}

// "unexpected status from PUT request … 429 Too Many Requests", and no second attempt:
// https://github.com/docker/build-push-action/issues/1194
releaseQuirk('ghcr.io', 'a 429 that says how long to wait', {
  behaves: ({ timing }) => {
    const openFrom = timing.now() + 5_000;
    return [
      (asked, serve) =>
        asked.path.includes('/manifests/') && timing.now() < openFrom
          ? refusal(429, 'TOOMANYREQUESTS', { 'retry-after': '5' })
          : serve(asked),
    ];
  },
  expected: expectAll,
  failing: /429 TOOMANYREQUESTS/,
});

/** Answers each tag's first write with a 502, done or not. */
function badGateway(isDone: boolean): Behaviour {
  const seen = new Set<string>();
  return async (asked, serve) => {
    if (!isTagWrite(asked) || seen.has(asked.path)) return await serve(asked);
    seen.add(asked.path);
    if (isDone) await serve(asked);
    return refusal(502, 'BAD_GATEWAY');
  };
}

// "unexpected status: 502 Bad Gateway" at the end of a long push: https://github.com/docker/build-push-action/issues/84,
// https://github.com/docker/build-push-action/issues/719
releaseQuirk('ghcr.io', 'a 502 in place of a tag', {
  behaves: () => [badGateway(false)],
  expected: expectAll,
  told: ({ places }) => expect(places.map(({ status }) => status)).toEqual(['done']),
  failing: /502 BAD_GATEWAY/,
});

releaseQuirk('ghcr.io', 'a 502 after the tag was written', {
  behaves: () => [badGateway(true)],
  expected: expectAll,
  told: ({ places }) => expect(places.map(({ status }) => status)).toEqual(['done']),
  failing: /502 BAD_GATEWAY/,
});
