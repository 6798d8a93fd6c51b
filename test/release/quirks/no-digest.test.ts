/** Registries that leave out of a HEAD what a release wants to know. */
import { expect } from 'vitest';
import type { Behaviour } from '../../oci/quirks/plain-registry.ts';
import { testImage } from '../release-world.ts';
import { named, publish, releaseQuirk } from './release-quirk.ts';

const published = testImage('published', 'aaaa');

// "Not all repositories send Docker-Content-Digest header in their HTTP responses", and proxies strip it:
// https://github.com/distribution/distribution/issues/3792, https://github.com/distribution/distribution/issues/3848
const saysNoDigest: Behaviour = async (asked, serve) => {
  const reply = await serve(asked);
  const { 'docker-content-digest': _, ...headers } = reply.headers ?? {};
  return asked.method === 'HEAD' ? { ...reply, headers } : reply;
};

releaseQuirk('registry.example', 'a HEAD that does not tell the digest', {
  behaves: () => [saysNoDigest],
  version: '1.8.0',
  image: published,
  prepare: (registry) => void publish(registry, published, ['1.8.0']),
  naive: { looks: true },
  expected: ([registry]) => {
    for (const tag of ['1.8.0', '1.8', '1', 'latest']) expect(named(registry, tag)).toBe(published.root.digest);
  },
  told: ({ origin, places }) => {
    expect(origin.kind).toBe('reused');
    expect(places[0]?.tags.map(({ tag, change }) => `${tag} ${change}`)[0]).toBe('1.8.0 unchanged');
  },
  failing: /published as null/,
});
