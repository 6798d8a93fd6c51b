import { describe, expect, it } from 'vitest';
import { RegistryError } from '../../errors/errors.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { release } from '../../release/release.ts';
import { verdictOf } from '../../release/release-verdict.ts';
import { codeOf } from '../oci/code-of.ts';
import { pushAll } from '../oci/content.ts';
import { attestationOf } from './quirks/release-quirk.ts';
import {
  builderOf,
  changesAt,
  openMemoryRegistries,
  partsOf,
  releaseTo,
  requestOf,
  statuses,
  tagOf,
  testImage,
  testIndex,
} from './release-world.ts';

const place = 'one.example/acme/app';
const three = [place, 'two.example/acme/app', 'three.example/mirror/app?'];

const _refused = () =>
  new RegistryError({ code: 'REGISTRY_REFUSED', message: 'refused', status: 400, specCodes: [], retryable: false });

describe('a version that is nowhere', () => {
  it('is built, and takes its exact tag and every rung', async () => {
    const registries = openMemoryRegistries();
    const image = testIndex('web', 'aaaa');
    const { outcome, builds } = await releaseTo(registries, image);
    expect(builds).toBe(1);
    expect(outcome).toMatchObject({ digest: image.root.digest, origin: { kind: 'built', builder: 'none' } });
    expect(outcome.platforms.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
    expect(changesAt(outcome)).toEqual(['1.2.3 created', '1.2 created', '1 created', 'latest created']);
    const named = await registries.tagsAt(place);
    expect(new Set(Object.values(named))).toEqual(new Set([image.root.digest]));
    expect(Object.keys(named).toSorted()).toEqual(['1', '1.2', '1.2.3', 'latest']);
  });

  it('goes to every registry as one digest', async () => {
    const registries = openMemoryRegistries();
    const image = testIndex('web', 'aaaa');
    const { outcome, builds } = await releaseTo(registries, image, { images: three });
    expect(builds).toBe(1);
    expect(statuses(outcome)).toEqual(['done', 'done', 'done']);
    for (const one of [...registries.stores.keys()]) {
      expect((await registries.tagsAt(one))['latest']).toBe(image.root.digest);
    }
    expect(verdictOf(outcome)).toBe('done');
  });

  it('leaves rungs that belong to higher versions, and says so', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('two', 'cccc'), { version: '2.0.1', revision: 'cccc' });
    const { outcome } = await releaseTo(registries, testImage('one', 'aaaa'), { version: '1.9.1' });
    expect(changesAt(outcome)).toEqual(['1.9.1 created', '1.9 created', '1 created']);
    expect(outcome.places[0]?.held).toEqual([
      { tag: 'latest', rung: 'latest', reason: 'higher-exists', heldAt: '2.0.1' },
    ]);
  });

  it('takes other tags along, which nobody ranks', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('two', 'cccc'), { version: '2.0.0', revision: 'cccc', extraTags: ['edge'] });
    const { outcome } = await releaseTo(registries, testImage('one', 'aaaa'), {
      extraTags: ['edge', 'sha-aaaa', 'latest'],
    });
    expect(changesAt(outcome)).toEqual(['1.2.3 created', 'edge moved', 'sha-aaaa created', '1.2 created', '1 created']);
  });
});

describe('what is released', () => {
  it('brings what points at the image to every registry', async () => {
    const registries = openMemoryRegistries();
    const image = testImage('web', 'aaaa');
    const source = openMemoryStore('built');
    const { attestation, parts } = attestationOf(image.root, true);
    await pushAll(source, [...image.contents, ...parts, attestation]);
    const builder = {
      name: 'buildx' as const,
      build: async () => ({ builder: 'buildx' as const, source, root: image.root, warnings: [] }),
    };
    await release(requestOf({ images: three }), partsOf(registries, builder));
    for (const store of registries.stores.values()) {
      const listed = await store.listReferrers?.(image.root.digest);
      expect(listed?.referrers.map(({ digest }) => digest)).toEqual([attestation.descriptor.digest]);
    }
  });

  it('keeps the spelling of a version', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('web', 'aaaa'), { version: '1.2.3-RC.1' });
    expect(Object.keys(await registries.tagsAt(place)).toSorted()).toEqual(['1.2.3-RC.1', 'RC']);
  });
});

describe('a version that was published from this commit', () => {
  it('is not built again, and nothing changes', async () => {
    const registries = openMemoryRegistries();
    const image = testIndex('web', 'aaaa');
    await releaseTo(registries, image);
    const { outcome, builds } = await releaseTo(registries, testIndex('built again', 'aaaa'));
    expect(builds).toBe(0);
    expect(outcome).toMatchObject({
      digest: image.root.digest,
      origin: { kind: 'reused', from: { registry: 'one.example' } },
    });
    expect(outcome.platforms).toHaveLength(2);
    expect(changesAt(outcome)).toEqual(['1.2.3 unchanged', '1.2 unchanged', '1 unchanged', 'latest unchanged']);
  });

  it('is copied to the registries that lack it', async () => {
    const registries = openMemoryRegistries();
    const image = testIndex('web', 'aaaa');
    await releaseTo(registries, image, { images: [three[1] ?? ''] });
    const { outcome, builds } = await releaseTo(registries, testImage('built again', 'aaaa'), { images: three });
    expect(builds).toBe(0);
    expect(outcome.digest).toBe(image.root.digest);
    expect(outcome.places.map((_, at) => changesAt(outcome, at)[0])).toEqual([
      '1.2.3 created',
      '1.2.3 unchanged',
      '1.2.3 created',
    ]);
  });

  it('takes the rungs that a release which died did not reach', async () => {
    const registries = openMemoryRegistries();
    const image = testImage('web', 'aaaa');
    const store = await registries.repository('one.example', requestOf().images[0]?.repository ?? never());
    await pushAll(store, image.contents);
    await store.pushTag(tagOf('1.2.3'), manifestIn(image));
    const { outcome } = await releaseTo(registries, testImage('built again', 'aaaa'));
    expect(changesAt(outcome)).toEqual(['1.2.3 unchanged', '1.2 created', '1 created', 'latest created']);
  });

  it('says that nothing was loaded where that was asked for', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('web', 'aaaa'));
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), { effects: { load: true } });
    expect(outcome.warnings.map(({ code }) => code)).toEqual(['not-loaded']);
  });
});

describe('a version that was published from another commit', () => {
  it('is refused before anything is built', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('theirs', 'bbbb'), { revision: 'bbbb' });
    const counted = builderOf(testImage('ours', 'aaaa'));
    const releasing = release(requestOf(), partsOf(registries, counted.builder));
    await expect(releasing).rejects.toMatchObject({
      code: 'VERSION_PUBLISHED',
      message: expect.stringContaining('bbbb'),
    });
    expect(counted.builds).toBe(0);
  });

  it('is overwritten on demand, and the rungs follow', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('theirs', 'bbbb'), { revision: 'bbbb' });
    const ours = testImage('ours', 'aaaa');
    const { outcome } = await releaseTo(registries, ours, { policy: { onExisting: 'overwrite' } });
    expect(changesAt(outcome)).toEqual(['1.2.3 moved', '1.2 moved', '1 moved', 'latest moved']);
    expect((await registries.tagsAt(place))['latest']).toBe(ours.root.digest);
  });

  it('takes along the rungs that a hold keeps at it when it is overwritten, and no others', async () => {
    const registries = openMemoryRegistries();
    const held = { ladder: { holds: ['latest at 1.4.1'] } };
    for (const [version, revision] of [
      ['1.4.1', 'bbbb'],
      ['1.4.2', 'cccc'],
    ] as const) {
      await releaseTo(registries, testImage(version, revision), { version, revision, ...held });
    }
    const again = { version: '1.4.1', ...held, policy: { onExisting: 'overwrite' } } as const;
    const { outcome } = await releaseTo(registries, testImage('ours', 'aaaa'), again);
    expect(changesAt(outcome)).toEqual(['1.4.1 moved', 'latest moved']);
    const higher = testImage('1.4.2', 'cccc').root.digest;
    const named = await registries.tagsAt(place);
    expect([named['1.4'], named['1'], named['latest']]).toEqual([higher, higher, outcome.digest]);
  });

  it('is not overwritten where it is protected', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('theirs', 'bbbb'), { revision: 'bbbb' });
    const policy = { onExisting: 'overwrite', isProtected: true } as const;
    expect(await codeOf(() => releaseTo(registries, testImage('ours', 'aaaa'), { policy }))).toBe('VERSION_PUBLISHED');
  });

  it('is refused where it is not the same everywhere', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('one', 'aaaa'), { images: [three[0] ?? ''] });
    await releaseTo(registries, testImage('other', 'aaaa'), { images: [three[1] ?? ''] });
    expect(await codeOf(() => releaseTo(registries, testImage('third', 'aaaa'), { images: three }))).toBe(
      'VERSION_DIVERGED',
    );
  });
});

describe('a version that others publish while this one is built', () => {
  it('is theirs: no place gets ours under the exact tag, and no tag floats', async () => {
    const registries = openMemoryRegistries();
    const ours = builderOf(testImage('ours', 'aaaa'));
    const slow = {
      ...ours.builder,
      async build(...asked: Parameters<typeof ours.builder.build>) {
        await releaseTo(registries, testImage('theirs', 'bbbb'), { images: [three[1] ?? ''], revision: 'bbbb' });
        return await ours.builder.build(...asked);
      },
    };
    const outcome = await release(requestOf({ images: three }), partsOf(registries, slow));
    expect(statuses(outcome)).toEqual(['content-only', 'failed VERSION_PUBLISHED', 'content-only']);
    expect(await registries.tagsAt(place)).toEqual({});
    expect(verdictOf(outcome)).toBe('failed');
  });
});

describe('a version that another run publishes from the same commit while this one is built', () => {
  it('is the image of that run everywhere, though it had reached one registry alone', async () => {
    const registries = openMemoryRegistries();
    const theirs = testImage('theirs', 'aaaa');
    const ours = builderOf(testImage('ours', 'aaaa'));
    const slow = {
      ...ours.builder,
      async build(...asked: Parameters<typeof ours.builder.build>) {
        await releaseTo(registries, theirs, { images: [three[1] ?? ''] });
        return await ours.builder.build(...asked);
      },
    };
    const outcome = await release(requestOf({ images: three }), partsOf(registries, slow));
    expect(statuses(outcome)).toEqual(['done', 'done', 'done']);
    expect(outcome).toMatchObject({ digest: theirs.root.digest, origin: { kind: 'reused' } });
    expect(outcome.warnings.map(({ code }) => code)).toEqual(['published-meanwhile']);
    for (const name of registries.stores.keys()) {
      expect(new Set(Object.values(await registries.tagsAt(name)))).toEqual(new Set([theirs.root.digest]));
    }
  });
});

describe('an image that is known by its digest', () => {
  const ready = { kind: 'digest', reference: `${place}@sha256:${'0'.repeat(64)}` } as const;

  it('is published, and published again without a change', async () => {
    const registries = openMemoryRegistries();
    const image = testImage('web');
    const first = await releaseTo(registries, image, { ready, revision: undefined });
    expect(first.outcome.origin).toEqual({ kind: 'given' });
    const again = await releaseTo(registries, image, { ready, revision: undefined });
    expect(statuses(again.outcome)).toEqual(['done']);
    expect(changesAt(again.outcome)[0]).toBe('1.2.3 unchanged');
  });

  it('is refused where the version is another image, of the same commit or not', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('theirs', 'aaaa'));
    expect(await codeOf(() => releaseTo(registries, testImage('ours', 'aaaa'), { ready }))).toBe('VERSION_PUBLISHED');
  });

  it('is not copied where it is already', async () => {
    const registries = openMemoryRegistries();
    const image = testImage('web');
    const store = await registries.repository('one.example', requestOf().images[0]?.repository ?? never());
    await pushAll(store, image.contents);
    const builder = {
      name: 'none' as const,
      build: async () => ({ builder: 'none' as const, source: store, root: image.root, warnings: [] }),
    };
    const events: string[] = [];
    const outcome = await release(requestOf({ ready }), partsOf(registries, builder), {
      onEvent: ({ kind }) => events.push(kind),
    });
    expect(statuses(outcome)).toEqual(['done']);
    expect(events).not.toContain('copying');
  });
});

describe('files that become an image', () => {
  const ready = { kind: 'layout', directory: '/image', tagOrDigest: undefined } as const;

  it('are recognised by their digest where nobody told the commit', async () => {
    const registries = openMemoryRegistries();
    const image = testImage('web');
    await releaseTo(registries, image, { ready, revision: undefined });
    const { outcome } = await releaseTo(registries, image, { ready, revision: undefined });
    expect(outcome.origin.kind).toBe('reused');
    expect(changesAt(outcome)[0]).toBe('1.2.3 unchanged');
  });
});

describe('an image that is no version', () => {
  it('moves its tags, whatever they name', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('one', 'aaaa'), { refTags: ['main', 'sha-aaaa'] });
    const { outcome } = await releaseTo(registries, testImage('two', 'bbbb'), {
      refTags: ['main', 'sha-bbbb'],
      revision: 'bbbb',
    });
    expect(changesAt(outcome)).toEqual(['main moved', 'sha-bbbb created']);
    expect(outcome.places[0]?.tags.map(({ kind }) => kind)).toEqual(['ref', 'ref']);
  });

  it('is looked for under no tag', async () => {
    const { events } = await releaseTo(openMemoryRegistries(), testImage('one', 'aaaa'), { refTags: ['main'] });
    expect(events.map(({ kind }) => kind)).not.toContain('looked');
  });

  it('never moves a tag that spells a version', async () => {
    expect(await codeOf(() => releaseTo(openMemoryRegistries(), testImage('one'), { refTags: ['1.2.3'] }))).toBe(
      'TAG_INVALID',
    );
    expect(await codeOf(() => releaseTo(openMemoryRegistries(), testImage('one'), { extraTags: ['1.2.4'] }))).toBe(
      'TAG_INVALID',
    );
  });
});

describe('a release that only plans', () => {
  it('tells what would move, builds nothing and writes nothing', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('two', 'cccc'), { version: '2.0.0', revision: 'cccc' });
    const before = await registries.tagsAt(place);
    const { outcome, builds } = await releaseTo(registries, testImage('one', 'aaaa'), {
      images: [place, three[1] ?? ''],
      effects: { dryRun: true },
    });
    expect(builds).toBe(0);
    expect(outcome).toMatchObject({ digest: undefined, origin: { kind: 'planned' }, isDryRun: true });
    expect(statuses(outcome)).toEqual(['planned', 'planned']);
    expect(changesAt(outcome)).toEqual(['1.2.3 created', '1.2 created', '1 created']);
    expect(changesAt(outcome, 1)).toEqual(['1.2.3 created', '1.2 created', '1 created', 'latest created']);
    expect(outcome.places[0]?.held.map(({ tag }) => tag)).toEqual(['latest']);
    expect(await registries.tagsAt(place)).toEqual(before);
    expect(await registries.tagsAt(three[1] ?? '')).toEqual({});
  });

  it('tells what is there already', async () => {
    const registries = openMemoryRegistries();
    const image = testImage('web', 'aaaa');
    await releaseTo(registries, image);
    const { outcome } = await releaseTo(registries, image, { effects: { dryRun: true } });
    expect(outcome).toMatchObject({ digest: image.root.digest, origin: { kind: 'reused' } });
    expect(changesAt(outcome)).toEqual(['1.2.3 unchanged', '1.2 unchanged', '1 unchanged', 'latest unchanged']);
  });

  it('tells of an image that is named by its digest where it came from and what it is', async () => {
    const registries = openMemoryRegistries();
    const ready = { kind: 'digest', reference: `${place}@sha256:${'0'.repeat(64)}` } as const;
    const image = testIndex('web');
    const planned = { ready, effects: { dryRun: true } };
    const first = await releaseTo(registries, image, planned);
    expect(first.outcome).toMatchObject({ digest: image.root.digest, origin: { kind: 'given' } });
    await releaseTo(registries, image, { ready });
    const again = await releaseTo(registries, image, planned);
    expect(again.outcome.origin).toEqual({ kind: 'given' });
    expect(again.outcome.platforms).toHaveLength(2);
  });

  it('tells the platforms of what is there already', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testIndex('web', 'aaaa'));
    const { outcome } = await releaseTo(registries, testIndex('web', 'aaaa'), { effects: { dryRun: true } });
    expect(outcome.platforms).toHaveLength(2);
  });

  it('is refused for what would be refused', async () => {
    const registries = openMemoryRegistries();
    await releaseTo(registries, testImage('theirs', 'bbbb'), { revision: 'bbbb' });
    expect(await codeOf(() => releaseTo(registries, testImage('ours', 'aaaa'), { effects: { dryRun: true } }))).toBe(
      'VERSION_PUBLISHED',
    );
  });
});

describe('a release that is not pushed', () => {
  it('builds and asks no registry anything', async () => {
    const registries = openMemoryRegistries(() => {
      throw new Error('asked');
    });
    const image = testImage('web', 'aaaa');
    const { outcome, builds } = await releaseTo(registries, image, { effects: { push: false } });
    expect(builds).toBe(1);
    expect(outcome).toMatchObject({ digest: image.root.digest, places: [] });
  });
});

describe('a version that takes its exact tag alone', () => {
  it('needs no list of tags', async () => {
    const registries = openMemoryRegistries((_, store) => ({
      ...store,
      listTags() {
        throw new Error('listed');
      },
    }));
    const changes = { ladder: { rungs: ['exact'] }, extraTags: ['edge'] };
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), changes);
    expect(changesAt(outcome)).toEqual(['1.2.3 created', 'edge created']);
    const planned = await releaseTo(registries, testImage('web', 'aaaa'), { ...changes, effects: { dryRun: true } });
    expect(changesAt(planned.outcome)).toEqual(['1.2.3 unchanged', 'edge unchanged']);
  });
});

describe('what a release tells', () => {
  it('comes in the order of its life', async () => {
    const { events } = await releaseTo(openMemoryRegistries(), testImage('web', 'aaaa'));
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== 'copying');
    expect(kinds).toEqual([
      ...['looked', 'building', 'built', 'placed', 'tagged', 'tagged', 'tagged', 'tagged', 'finished'],
    ]);
  });

  it('warns of an image that a second run cannot know again', async () => {
    const { outcome } = await releaseTo(openMemoryRegistries(), testImage('web'));
    expect(outcome.warnings.map(({ code }) => code)).toEqual(['revision-unlabelled']);
  });

  it('has what the ladder warns of, once for all registries', async () => {
    const { outcome } = await releaseTo(openMemoryRegistries(), testImage('web', 'aaaa'), {
      images: three,
      version: '1.2.3-rc10',
    });
    expect(outcome.warnings.map(({ code }) => code)).toEqual(['prerelease-misordered']);
  });
});

describe('an image whose index has lost a platform to a cleaning job', () => {
  it.each([
    { platform: 'first, which tells the commit', at: 2 },
    { platform: 'second', at: 5 },
  ])('is not pointed at: the $platform', async ({ at }) => {
    const registries = openMemoryRegistries();
    const image = testIndex('web', 'aaaa');
    await releaseTo(registries, image, { ladder: { rungs: ['exact'] } });
    await registries.stores.get(place)?.deleteManifest?.(image.contents[at]?.descriptor.digest ?? never());
    const { outcome } = await releaseTo(registries, image);
    expect(statuses(outcome)).toEqual(['failed CONTENT_MISSING']);
    expect(Object.keys(await registries.tagsAt(place))).toEqual(['1.2.3']);
  });

  it.each([
    { platform: 'first, which tells the commit', at: 2 },
    { platform: 'second', at: 5 },
  ])('is made whole from a registry that has it: the $platform', async ({ at }) => {
    const registries = openMemoryRegistries();
    const image = testIndex('web', 'aaaa');
    await releaseTo(registries, image, { images: three });
    await registries.stores.get(three[1] ?? '')?.deleteManifest?.(image.contents[at]?.descriptor.digest ?? never());
    const { outcome } = await releaseTo(registries, image, { images: three });
    expect(statuses(outcome)).toEqual(['done', 'done', 'done']);
  });
});

describe('a release that is called off', () => {
  it('ends with the reason', async () => {
    const stop = new AbortController();
    const counted = builderOf(testImage('web', 'aaaa'));
    const releasing = release(requestOf(), partsOf(openMemoryRegistries(), counted.builder), {
      signal: stop.signal,
      onEvent: ({ kind }) => kind === 'building' && stop.abort(new Error('called off')),
    });
    await expect(releasing).rejects.toThrow('called off');
  });
});

function never(): never {
  throw new Error('absent');
}

function manifestIn(image: ReturnType<typeof testImage>) {
  return image.contents.at(-1) ?? never();
}
