import { describe, expect, it } from 'vitest';
import { type CodedError, RegistryError, TransportError } from '../../errors/errors.ts';
import type { Target } from '../../oci/copy/target.ts';
import { release } from '../../release/release.ts';
import { verdictOf } from '../../release/release-verdict.ts';
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
} from './release-world.ts';

const place = 'one.example/acme/app';
const three = [place, 'two.example/acme/app', 'three.example/mirror/app?'];

const refused = () =>
  new RegistryError({ code: 'REGISTRY_REFUSED', message: 'refused', status: 400, specCodes: [], retryable: false });

describe('a registry that fails', () => {
  const failing = (
    which: string,
    method: 'pushManifest' | 'pushTag' | 'pushBlob' | 'resolve',
    error: () => CodedError,
  ) =>
    openMemoryRegistries(
      (name, store): Target =>
        name.startsWith(which)
          ? {
              ...store,
              [method]: async () => {
                throw error();
              },
            }
          : store,
    );

  it('keeps every tag that floats where it is, where it is required', async () => {
    const registries = failing('two', 'pushManifest', refused);
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), { images: three });
    expect(statuses(outcome)).toEqual(['content-only', 'failed REGISTRY_REFUSED', 'content-only']);
    expect(Object.keys(await registries.tagsAt(place))).toEqual(['1.2.3']);
    expect(verdictOf(outcome)).toBe('failed');
  });

  it('keeps none where that is allowed', async () => {
    const registries = failing('two', 'pushManifest', refused);
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), {
      images: three,
      policy: { partial: 'allow' },
    });
    expect(statuses(outcome)).toEqual(['done', 'failed REGISTRY_REFUSED', 'done']);
    expect(Object.keys(await registries.tagsAt(place))).toContain('latest');
    expect(verdictOf(outcome)).toBe('failed');
  });

  it('stops no other where it is optional', async () => {
    const registries = failing('three', 'pushManifest', refused);
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), { images: three });
    expect(statuses(outcome)).toEqual(['done', 'done', 'failed REGISTRY_REFUSED']);
    expect(verdictOf(outcome)).toBe('partial');
  });

  it('is made good by the next release, which builds nothing', async () => {
    let isBroken = true;
    const registries = openMemoryRegistries((name, store) => ({
      ...store,
      pushManifest: async (...asked) => {
        if (isBroken && name.startsWith('two')) throw refused();
        await store.pushManifest(...asked);
      },
    }));
    const image = testImage('web', 'aaaa');
    await releaseTo(registries, image, { images: three });
    isBroken = false;
    const { outcome, builds } = await releaseTo(registries, testImage('built again', 'aaaa'), { images: three });
    expect(builds).toBe(0);
    expect(statuses(outcome)).toEqual(['done', 'done', 'done']);
    expect((await registries.tagsAt(three[1] ?? ''))['latest']).toBe(image.root.digest);
  });

  const away = () => new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'no answer' });

  it('ends the release before anything is built when it cannot be looked at', async () => {
    const counted = builderOf(testImage('web', 'aaaa'));
    const releasing = release(requestOf({ images: three }), partsOf(failing('two', 'resolve', away), counted.builder));
    await expect(releasing).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(counted.builds).toBe(0);
  });

  it('is left out when it cannot be looked at and is optional', async () => {
    const { outcome } = await releaseTo(failing('three', 'resolve', away), testImage('web', 'aaaa'), { images: three });
    expect(statuses(outcome)).toEqual(['done', 'done', 'failed REGISTRY_UNREACHABLE']);
  });
});

describe('a list of tags that ends early', () => {
  it('moves nothing: the exact tag stands alone', async () => {
    const registries = openMemoryRegistries((_, store) => ({
      ...store,
      // biome-ignore lint/correctness/useYield: it fails before the first tag
      async *listTags() {
        throw new RegistryError({
          code: 'REGISTRY_ANSWER_INVALID',
          message: 'a page leads back',
          status: 200,
          specCodes: [],
          retryable: false,
        });
      },
    }));
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'));
    expect(statuses(outcome)).toEqual(['failed REGISTRY_ANSWER_INVALID']);
    expect(changesAt(outcome)).toEqual(['1.2.3 created']);
    const store = registries.stores.get(place);
    expect(await store?.resolve(tagOf('latest'))).toBeUndefined();
  });
});

describe('a list of tags that a required registry does not give', () => {
  const broken = () =>
    openMemoryRegistries((name, store) =>
      name.startsWith('two')
        ? {
            ...store,
            // biome-ignore lint/correctness/useYield: it fails before the first tag
            async *listTags() {
              throw refused();
            },
          }
        : store,
    );

  it('keeps what floats where it is in all registries, so that they go on agreeing', async () => {
    const registries = broken();
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), { images: three });
    expect(statuses(outcome)).toEqual(['content-only', 'failed REGISTRY_REFUSED', 'content-only']);
    expect(Object.keys(await registries.tagsAt(place))).toEqual(['1.2.3']);
  });

  it('stops no other where a part is enough', async () => {
    const policy = { partial: 'allow' } as const;
    const { outcome } = await releaseTo(broken(), testImage('web', 'aaaa'), { images: three, policy });
    expect(statuses(outcome)).toEqual(['done', 'failed REGISTRY_REFUSED', 'done']);
  });
});
