/** Releases that die at any of their requests, and registries that go away at any: what is left, and what comes of it. */
import { describe, expect, it } from 'vitest';
import { planRepair } from '../../core/ladder-repair.ts';
import { TransportError } from '../../errors/errors.ts';
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import type { ReleaseOutcome } from '../../release/release-outcome.ts';
import { verdictOf } from '../../release/release-verdict.ts';
import { seededDraw } from '../core/ladder-race.ts';
import {
  type MemoryRegistries,
  openMemoryRegistries,
  type RequestChanges,
  releaseTo,
  statuses,
  testIndex,
} from './release-world.ts';
import { inWeather, isWrite, type StoreMethod } from './unsteady-store.ts';

const seed = 20_261_201;
const [one, two, three] = ['one.example/acme/app', 'two.example/acme/app', 'three.example/mirror/app'] as const;
const places = [one, two, three];
const images = [one, two, `${three}?`];

/** What is there before: a lower version and a higher one, so that of the rungs some move, one is new and one stays. */
async function openShop(): Promise<MemoryRegistries> {
  const registries = openMemoryRegistries();
  for (const [version, revision] of [
    ['1.2.2', 'older'],
    ['2.0.0', 'newer'],
  ] as const) {
    await releaseTo(registries, testIndex(version, revision), { images, version, revision });
  }
  return registries;
}

/** The registries as they are seen by a process whose requests to some places end after so many. */
function seenUntil(
  registries: MemoryRegistries,
  end: { readonly after: number; readonly at: readonly string[]; readonly isLastDone: boolean; readonly error: Error },
): { readonly repository: MemoryRegistries['repository']; readonly asked: () => number } {
  let asked = 0;
  const weather = {
    before(method: StoreMethod) {
      asked += 1;
      const isLast = asked === end.after + 1;
      if (asked > end.after && !(isLast && end.isLastDone && isWrite(method))) throw end.error;
    },
    after() {
      if (asked > end.after) throw end.error;
    },
  };
  return {
    asked: () => asked,
    async repository(registry, name) {
      const store = await registries.repository(registry, name);
      return end.at.includes(`${registry}/${name}`) ? inWeather(store, weather) : store;
    },
  };
}

/** Nothing that a tag names is in part. */
async function expectWhole(registries: MemoryRegistries, hint: string): Promise<void> {
  for (const [place, store] of registries.stores) {
    for (const [tag, digest = ''] of Object.entries(await registries.tagsAt(place))) {
      const root = await store.resolve(parseDigest(digest));
      const proof = root && (await proveGraph(store, root));
      expect(proof?.complete, `${hint}: ${place}:${tag}`).toBe(true);
    }
  }
}

/** Every rung names what it should, everywhere. */
async function expectStanding(registries: MemoryRegistries, at: readonly string[], hint: string): Promise<void> {
  for (const place of at) {
    const existing = new Map(Object.entries(await registries.tagsAt(place)));
    expect(planRepair({ existing }).move, `${hint}: ${place}`).toEqual([]);
  }
}

describe('a release that dies at any of its requests', () => {
  const killed = new Error('killed');

  it('leaves no tag on half an image, and is finished by the next, which builds nothing that is published', async () => {
    const draw = seededDraw(seed);
    const kinds = new Set<string>();
    for (let after = 0; ; after += 1) {
      const isLastDone = draw(2) === 1;
      const hint = `after ${after} requests${isLastDone ? ' and a lost answer' : ''}`;
      const registries = await openShop();
      const first = testIndex('web', 'aaaa');
      const dying = seenUntil(registries, { after, at: places, isLastDone, error: killed });
      const died = await releaseTo(dying, first, { images }).then(
        () => false,
        (error: unknown) => error === killed,
      );
      await expectWhole(registries, hint);
      const published = await Promise.all(places.map(async (place) => (await registries.tagsAt(place))['1.2.3']));
      const isPublished = published.some((digest) => digest !== undefined);

      const again = testIndex('web, built again', 'aaaa');
      const { outcome, builds } = await releaseTo(registries, again, { images });
      expect(statuses(outcome), hint).toEqual(['done', 'done', 'done']);
      expect(builds, hint).toBe(isPublished ? 0 : 1);
      expect(outcome.digest, hint).toBe(isPublished ? first.root.digest : again.root.digest);
      await expectWhole(registries, hint);
      await expectStanding(registries, places, hint);
      const named = await Promise.all(places.map((place) => registries.tagsAt(place)));
      expect(new Set(named.map((tags) => JSON.stringify(tags))).size, hint).toBe(1);
      kinds.add(isPublished ? (published.every(Boolean) ? 'everywhere' : 'somewhere') : 'nowhere');
      if (!died) break;
    }
    expect(kinds).toEqual(new Set(['nowhere', 'somewhere', 'everywhere']));
  });
});

const away = new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'no answer' });

/** Releases once for each request that the place answers: from the next one on it is away. */
async function forEachLoss(
  at: string,
  changes: RequestChanges,
  see: (outcome: ReleaseOutcome | undefined, registries: MemoryRegistries, hint: string) => Promise<void>,
): Promise<void> {
  const draw = seededDraw(seed);
  for (let after = 0; ; after += 1) {
    const registries = await openShop();
    const losing = seenUntil(registries, { after, at: [at], isLastDone: draw(2) === 1, error: away });
    const outcome = await releaseTo(losing, testIndex('web', 'aaaa'), { images, ...changes }).then(
      (released) => released.outcome,
      () => undefined,
    );
    await expectWhole(registries, `after ${after} requests`);
    await see(outcome, registries, `after ${after} requests`);
    if (losing.asked() <= after) break;
  }
}

describe('a registry that goes away at any request', () => {
  it('leaves the others right where it is optional', async () => {
    const verdicts = new Set<string>();
    await forEachLoss(three, {}, async (outcome, registries, hint) => {
      if (outcome === undefined) throw new Error(`the release ended ${hint}`);
      expect(statuses(outcome).slice(0, 2), hint).toEqual(['done', 'done']);
      await expectStanding(registries, [one, two], hint);
      expect((await registries.tagsAt(one))['1.2'], hint).toBe(outcome.digest);
      verdicts.add(verdictOf(outcome));
    });
    expect(verdicts).toEqual(new Set(['partial', 'done']));
  });

  it('leaves what floats in all others where it was where it is required, unless it goes while its own is moved', async () => {
    const seen = new Set<string>();
    await forEachLoss(two, {}, async (outcome, registries, hint) => {
      if (outcome === undefined) return void seen.add('ended');
      const [first, second] = outcome.places;
      seen.add(`${first?.status} ${second?.status}`);
      if (second?.status === 'done') return;
      const [here, there] = [await registries.tagsAt(one), await registries.tagsAt(two)];
      const isMoved = here['1.2'] === outcome.digest;
      // It had answered with its list of tags, and taken the exact one.
      if (isMoved) expect(there['1.2.3'], hint).toBe(outcome.digest);
      expect(isMoved, hint).toBe(first?.status === 'done');
    });
    expect(seen).toEqual(new Set(['ended', 'content-only failed', 'done failed', 'done done']));
  });

  it('keeps nothing from moving where a part is enough', async () => {
    await forEachLoss(two, { policy: { partial: 'allow' } }, async (outcome, registries, hint) => {
      expect(outcome === undefined ? [] : statuses(outcome).slice(0, 1), hint).toEqual(['done']);
      expect((await registries.tagsAt(one))['1.2'], hint).toBe(outcome?.digest);
      await expectStanding(registries, [one, three], hint);
    });
  });
});

describe('a release that only plans, or does not push', () => {
  it('makes no request that writes', async () => {
    const registries = await openShop();
    const writes: string[] = [];
    const watched: Pick<MemoryRegistries, 'repository'> = {
      async repository(registry, name) {
        const before = (method: StoreMethod) => void (isWrite(method) && writes.push(`${method} ${registry}`));
        return inWeather(await registries.repository(registry, name), { before, after: () => undefined });
      },
    };
    const reference = `${one}@${testIndex('2.0.0', 'newer').root.digest}`;
    const ready = { kind: 'digest', reference } as const;
    for (const changes of [
      { effects: { dryRun: true } },
      { effects: { dryRun: true }, version: '2.0.0', revision: 'newer' },
      { effects: { dryRun: true }, ready, extraTags: ['edge'] },
      { effects: { dryRun: true }, refTags: ['main', 'sha-aaaa'] },
      { effects: { dryRun: true }, version: '1.2.2', policy: { onExisting: 'overwrite' as const } },
      { effects: { push: false } },
    ]) {
      await releaseTo(watched, testIndex('web', 'aaaa'), { images, ...changes });
    }
    expect(writes).toEqual([]);
  });
});
