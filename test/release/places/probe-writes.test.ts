/** Registries that let nobody write: that is told while the image is still being built. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AccessError, type CodedError, NotFoundError, TransportError } from '../../../errors/errors.ts';
import type { Target } from '../../../oci/copy/target.ts';
import type { Builder } from '../../../release/builders/builder.ts';
import { release } from '../../../release/release.ts';
import {
  builderOf,
  openMemoryRegistries,
  partsOf,
  releaseTo,
  requestOf,
  statuses,
  testImage,
} from '../release-world.ts';

const denied = (signedIn: boolean) => () =>
  new AccessError({ code: 'REGISTRY_DENIED', message: 'registry denied access', signedIn });

function refusingBlobs(host: string, error: () => CodedError) {
  return openMemoryRegistries((place, store): Target => {
    if (!place.startsWith(host)) return store;
    return {
      ...store,
      pushBlob: async () => {
        throw error();
      },
    };
  });
}

/** A build that goes on until it is called off. */
const endless: Builder = {
  name: 'buildx',
  async build(_, { signal }) {
    await once(signal, 'abort');
    throw signal.reason;
  },
};

describe('a registry that does not let us push', () => {
  it.each([
    {
      host: 'ghcr.io',
      signedIn: true,
      words: ['packages: write', 'lower case, here acme', 'pushed from elsewhere', 'pushes it first'],
    },
    { host: 'one.example', signedIn: true, words: ['push to one.example/acme/app'] },
    { host: 'one.example', signedIn: false, words: ['sign in to one.example'] },
  ])('ends the build, and the way out at $host names $words', async ({ host, signedIn, words }) => {
    const releasing = release(
      requestOf({ images: [`${host}/acme/app`] }),
      partsOf(refusingBlobs(host, denied(signedIn)), endless),
    );
    const error: unknown = await releasing.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED', signedIn });
    for (const word of words) expect(error).toMatchObject({ wayOut: expect.stringContaining(word) });
  });

  it('ends the build where it has no such repository', async () => {
    const missing = () => new NotFoundError({ code: 'REPOSITORY_UNKNOWN', message: 'repository not found' });
    const releasing = release(requestOf(), partsOf(refusingBlobs('one', missing), endless));
    await expect(releasing).rejects.toMatchObject({ code: 'REPOSITORY_UNKNOWN' });
  });

  it('stops no other where it is optional', async () => {
    const registries = refusingBlobs('two', denied(true));
    const images = ['one.example/acme/app', 'two.example/acme/app?'];
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), { images });
    expect(statuses(outcome)).toEqual(['done', 'failed REGISTRY_DENIED']);
  });

  it('stops no other where a part is enough', async () => {
    const registries = refusingBlobs('two', denied(true));
    const images = ['one.example/acme/app', 'two.example/acme/app'];
    const policy = { partial: 'allow' } as const;
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), { images, policy });
    expect(statuses(outcome)).toEqual(['done', 'failed REGISTRY_DENIED']);
  });

  it('is not asked where nothing has to be built', async () => {
    const registries = refusingBlobs('one', denied(true));
    const ready = { kind: 'layout', directory: '/image', tagOrDigest: undefined } as const;
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'), { ready });
    expect(statuses(outcome)).toEqual(['failed REGISTRY_DENIED']);
  });
});

describe('a registry that has a bad moment while the image is built', () => {
  it('does not end the build', async () => {
    let isAway = true;
    const registries = openMemoryRegistries((_, store) => ({
      ...store,
      async pushBlob(...asked) {
        if (isAway) {
          isAway = false;
          throw new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'no answer' });
        }
        await store.pushBlob(...asked);
      },
    }));
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'));
    expect(statuses(outcome)).toEqual(['done']);
  });
});

describe('a registry that says 403 of what is not there', () => {
  it('is taken to have nothing, and is asked again before the exact tag is written', async () => {
    let looks = 0;
    const registries = openMemoryRegistries((_, store) => ({
      ...store,
      async resolve(...asked) {
        if (asked[0] === '1.2.3') looks += 1;
        if (looks === 1) throw denied(true)();
        return await store.resolve(...asked);
      },
    }));
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'));
    expect(statuses(outcome)).toEqual(['done']);
    expect(looks).toBeGreaterThan(1);
  });

  it('gets no exact tag while it goes on saying so', async () => {
    const registries = openMemoryRegistries((_, store) => ({
      ...store,
      async resolve(...asked) {
        if (asked[0] === '1.2.3') throw denied(true)();
        return await store.resolve(...asked);
      },
    }));
    const { outcome } = await releaseTo(registries, testImage('web', 'aaaa'));
    expect(statuses(outcome)).toEqual(['failed REGISTRY_DENIED']);
    expect(await Array.fromAsync(registries.stores.get('one.example/acme/app')?.listTags() ?? [])).toEqual([]);
  });
});

describe('a build that fails', () => {
  it('fails the release with its own error', async () => {
    const { builder } = builderOf(testImage('web'));
    const failing: Builder = { ...builder, build: () => Promise.reject(new Error('exit code 1')) };
    await expect(release(requestOf(), partsOf(openMemoryRegistries(), failing))).rejects.toThrow('exit code 1');
  });
});
