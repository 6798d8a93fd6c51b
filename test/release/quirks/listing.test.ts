/** Registries whose lists of tags come in parts, or late. */
import { expect } from 'vitest';
import type { Behaviour, Contents } from '../../oci/quirks/plain-registry.ts';
import { testImage } from '../release-world.ts';
import { named, newDigest, publish, releaseQuirk, repository } from './release-quirk.ts';

const higher = testImage('two', 'cccc');

/** A hundred tags that sort before every version, and the highest version behind them. */
function prepare(registry: Contents): void {
  const old = testImage('old', 'bbbb');
  publish(
    registry,
    old,
    Array.from({ length: 100 }, (_, at) => `0-build-${String(at).padStart(3, '0')}`),
  );
  publish(registry, old, ['1.9.0', '1.9', '1']);
  publish(registry, higher, ['2.0.0', '2.0', '2', 'latest']);
}

/** The backport takes its own rungs, and `latest` stays. */
function expected([registry]: readonly Contents[]): void {
  expect(named(registry, 'latest')).toBe(higher.root.digest);
  for (const tag of ['1.9.1', '1.9', '1']) expect(named(registry, tag)).toBe(newDigest);
}

const isList = ({ path }: { readonly path: string }) => path.endsWith('/tags/list');

// "GHCR … returns 100 tags", whatever is asked for, and a Link: https://github.com/smg-project/smg/issues/2348;
// ECR the same: https://github.com/genuinetools/reg/issues/206
const pagesOf100: Behaviour = (asked, serve) => {
  if (!isList(asked)) return serve(asked);
  const query = new URLSearchParams(asked.query);
  query.set('n', '100');
  return serve({ ...asked, query });
};

releaseQuirk('ghcr.io', 'a list in pages of 100, whatever is asked for', {
  behaves: () => [pagesOf100],
  prepare,
  naive: { list: 'first page' },
  expected,
  failing: /to be 'sha256/,
});

// A cursor that nobody but the registry can read, Quay's next_page, and `last` means nothing:
// https://github.com/TritonDataCenter/node-docker-registry-client/issues/12, https://github.com/regclient/regclient/issues/272
releaseQuirk('quay.io', 'a list whose next page is named by an opaque cursor', {
  behaves: () => [
    async (asked, serve) => {
      if (!isList(asked)) return await serve(asked);
      const cursor = asked.query.get('next_page');
      const last = cursor === null ? '' : Buffer.from(cursor, 'base64url').toString();
      const reply = await serve({
        ...asked,
        query: new URLSearchParams({ n: '100', ...(last === '' ? {} : { last }) }),
      });
      const tags: readonly string[] = JSON.parse(String(reply.body)).tags;
      const { link, ...headers } = reply.headers ?? {};
      if (link === undefined) return reply;
      const next = Buffer.from(tags.at(-1) ?? '').toString('base64url');
      // A relative target, more parameters than one, and no quotes around the relation.
      return { ...reply, headers: { ...headers, link: `<list?next_page=${next}&n=100>; title="next"; rel=next` } };
    },
  ],
  prepare,
  naive: { list: 'by last tag' },
  expected,
  failing: /to be 'sha256/,
});

/** How long a tag takes to appear in the list. */
const lagMs = 3_000;

/** Tags that were written in the last seconds are not listed yet; of those that are there, 2.0.0 and its rungs. */
function laggingList(now: () => number, lag: number): Behaviour {
  const writtenAt = new Map<string, number>();
  let isFirst = true;
  return async (asked, serve, { tags }) => {
    for (const key of tags.keys()) {
      const tag = key.slice(repository.length + 1);
      const isOld = isFirst && !tag.startsWith('2');
      if (!writtenAt.has(tag)) writtenAt.set(tag, isOld ? now() - lag : now());
    }
    isFirst = false;
    const reply = await serve(asked);
    if (!isList(asked)) return reply;
    const page = JSON.parse(String(reply.body));
    const listed = page.tags.filter((tag: string) => now() - (writtenAt.get(tag) ?? now()) >= lag);
    return { ...reply, body: JSON.stringify({ ...page, tags: listed }) };
  };
}

// Tags can be pulled, and are not listed yet: "tags/list and _catalog are best effort",
// https://github.com/distribution/distribution/issues/936; https://github.com/docker/hub-feedback/issues/2327
releaseQuirk('registry.example', 'a list that lags behind', {
  behaves: ({ timing }) => [laggingList(timing.now, lagMs)],
  prepare,
  expected,
  told: ({ places, warnings }) => {
    expect(places.map(({ status }) => status)).toEqual(['done']);
    expect(warnings).toEqual([]);
  },
  failing: /to be 'sha256/,
});

releaseQuirk('registry.example', 'a list that lags behind for longer than anybody waits', {
  behaves: ({ timing }) => [laggingList(timing.now, 3_600_000)],
  prepare,
  changes: { extraTags: ['sha-aaaa'] },
  expected: ([registry]) => {
    expect(named(registry, 'latest')).toBe(higher.root.digest);
    // What nobody ranks needs no list.
    for (const tag of ['1.9.1', 'sha-aaaa']) expect(named(registry, tag)).toBe(newDigest);
  },
  told: ({ places, warnings }) => {
    expect(places.map(({ status }) => status)).toEqual(['done']);
    expect(places[0]?.tags.map(({ tag }) => tag)).toEqual(['1.9.1', 'sha-aaaa']);
    expect(warnings.map(({ code }) => code)).toEqual(['tag-list-lags']);
  },
  failing: /to be 'sha256/,
});
