/** Images and artifacts of every shape, copied whole: memory to one registry, to another, and back, byte for byte. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryError } from '../../errors/errors.ts';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import type { CopyEvent } from '../../oci/copy/copy-event.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { isManifestType, mediaTypes } from '../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { codeOf } from '../oci/code-of.ts';
import {
  bytesOf,
  type Content,
  contentOf,
  imageOf,
  indexOf,
  layerOf,
  manifestOf,
  pushAll,
  readAll,
} from '../oci/content.ts';
import { countCalls, recordedTarget } from '../oci/observed-target.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

const v1 = parseTag('v1');
let registries: readonly RegistryUnderTest[] = [];
let clients: readonly RegistryClient[] = [];

beforeAll(async () => {
  registries = [await openRegistryUnderTest(), await openRegistryUnderTest()];
  clients = registries.map(({ url, tokens }) =>
    openRegistryClient({ url, credentials: async () => ({ username: 'test', password: tokens.admin }) }),
  );
});

afterAll(async () => {
  for (const client of clients) await client.close();
  for (const registry of registries) await registry.close();
});

const layer = layerOf('a layer');
const image = imageOf('{}', [layer.descriptor]);
const empty = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));
const foreign: Descriptor = {
  ...contentOf(mediaTypes.dockerForeignLayer, bytesOf('elsewhere')).descriptor,
  urls: ['https://layers.example/1'],
};

/** Contents, what they point at before them; the last is what is copied. */
const shapes: Readonly<Record<string, readonly Content[]>> = {
  'an image': [layer, image.config, image.manifest],
  'an image of Docker': dockerImage(),
  'an image whose digests are all sha512': wideImage(),
  'an index whose manifests are of two algorithms': mixedIndex(),
  'an index of indexes': nested(),
  'an index of nothing': [indexOf([])],
  'an artifact without layers, whose config is the empty one': [
    empty,
    manifestOf(mediaTypes.ociManifest, {
      artifactType: 'application/vnd.example.note',
      config: { ...empty.descriptor, data: 'e30=' },
      layers: [],
      annotations: { note: 'all of it' },
    }),
  ],
  'an artifact whose layer and config are both the empty one': [
    empty,
    manifestOf(mediaTypes.ociManifest, {
      artifactType: 'application/vnd.example.note',
      config: empty.descriptor,
      layers: [empty.descriptor],
    }),
  ],
  'an image that lists a layer twice, in an index that lists it twice': twice(),
  'an image with a layer that is elsewhere': [layer, image.config, imageWith([layer.descriptor, foreign])],
  'a manifest with members that nobody knows, and blanks': strange(),
  'an index with a subject that is not there': [
    layer,
    image.config,
    image.manifest,
    manifestOf(mediaTypes.ociIndex, {
      manifests: [image.manifest.descriptor],
      subject: layerOf('a manifest elsewhere').descriptor,
      artifactType: 'application/vnd.example.set',
    }),
  ],
};

function imageWith(layers: readonly Descriptor[]): Content {
  return manifestOf(mediaTypes.ociManifest, { config: image.config.descriptor, layers });
}

function dockerImage(): readonly Content[] {
  const config = contentOf(mediaTypes.dockerConfig, bytesOf('{"os":"linux"}'));
  const own = contentOf(mediaTypes.dockerLayerGzip, bytesOf('a layer of Docker'));
  const manifest = manifestOf(mediaTypes.dockerManifest, { config: config.descriptor, layers: [own.descriptor] });
  return [own, config, manifest, manifestOf(mediaTypes.dockerManifestList, { manifests: [manifest.descriptor] })];
}

function wideImage(): readonly Content[] {
  const own = contentOf(mediaTypes.ociLayer, bytesOf('a layer with a long digest'), 'sha512');
  const config = contentOf(mediaTypes.ociConfig, bytesOf('{"wide":true}'), 'sha512');
  const { bytes } = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [own.descriptor] });
  return [own, config, contentOf(mediaTypes.ociManifest, bytes, 'sha512')];
}

function mixedIndex(): readonly Content[] {
  const wide = wideImage();
  const listed = [image.manifest, ...wide.slice(-1)].map(({ descriptor }) => descriptor);
  return [layer, image.config, image.manifest, ...wide, indexOf(listed)];
}

function nested(): readonly Content[] {
  const inner = indexOf([image.manifest.descriptor]);
  const outer = indexOf([inner.descriptor, image.manifest.descriptor]);
  return [layer, image.config, image.manifest, inner, outer, indexOf([outer.descriptor])];
}

function twice(): readonly Content[] {
  const manifest = imageWith([layer.descriptor, layer.descriptor]);
  return [layer, image.config, manifest, indexOf([manifest.descriptor, manifest.descriptor])];
}

function strange(): readonly Content[] {
  const [config, one] = [JSON.stringify(image.config.descriptor), JSON.stringify(layer.descriptor)];
  const text =
    `{ "x-number": 12345678901234567890.0,\n\t"layers": [ ${one.slice(0, -1)}, "x-layer": null } ],` +
    `"config":${config}, "annotations": {"\\u0061": "\\u00e9"}, "schemaVersion": 2 }\n\n`;
  return [layer, image.config, contentOf(mediaTypes.ociManifest, bytesOf(text))];
}

async function memoryWith(contents: readonly Content[]): Promise<Target> {
  const store = openMemoryStore('memory');
  await pushAll(store, contents);
  return store;
}

async function textIn(target: Target, { descriptor }: Content): Promise<string> {
  const { mediaType, digest } = descriptor;
  if (isManifestType(mediaType)) return textOf((await target.fetchManifest(digest)).bytes);
  return textOf(await readAll(await target.fetchBlob(descriptor)));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

describe('a copy brings over, without a change to any byte,', () => {
  it.each(Object.entries(shapes))('%s', async (name, contents) => {
    const root = contents.at(-1)?.descriptor;
    if (root === undefined) throw new Error('a shape without content');
    const repository = parseRepositoryName(`shapes/${name.replace(/[^a-z0-9]+/g, '-')}`);
    const between = clients.map((client) => client.repository(repository));
    const stations = [await memoryWith(contents), ...between, openMemoryStore('end')];
    for (const [at, target] of stations.entries()) {
      const source = stations[at - 1];
      if (source === undefined) continue;
      const result = await copy(source, root.digest, target, [v1]);
      expect(result.root).toMatchObject({ digest: root.digest, mediaType: root.mediaType, size: root.size });
      for (const content of contents) expect(await textIn(target, content)).toBe(textOf(content.bytes));
    }
  });

  it('what a registry names by sha256 that was pushed by sha512', async () => {
    const contents = wideImage();
    const root = contents.at(-1)?.descriptor;
    const source = clients[0]?.repository(parseRepositoryName('wide/source'));
    const target = openMemoryStore('target');
    if (root === undefined || source === undefined) throw new Error('nothing to copy');
    await copy(await memoryWith(contents), root.digest, source, [v1]);
    const told = await source.resolve(v1);
    const result = await copy(source, v1, target, [v1]);
    expect(result.root.digest).toBe(told?.digest);
    const { bytes } = await target.fetchManifest(v1);
    expect(textOf(bytes)).toBe(textOf(contents.at(-1)?.bytes ?? new Uint8Array()));
  });
});

describe('a copy of what is named by sha512', () => {
  const contents = wideImage();
  const root = contents.at(-1)?.descriptor.digest;

  /** A target that knows manifests by sha256 alone, as distribution 2.8 does. */
  function narrowMinded(store: Target, error: RegistryError): Target {
    return {
      ...store,
      pushManifest: async (manifest, signal) => {
        if (manifest.descriptor.digest.startsWith('sha512:')) throw error;
        await store.pushManifest(manifest, signal);
      },
    };
  }

  function refusal(specCode: string): RegistryError {
    return new RegistryError({
      code: 'REGISTRY_REFUSED',
      message: 'refused',
      status: 400,
      specCodes: [specCode],
      retryable: false,
    });
  }

  it('is the tag alone where a registry knows no sha512', async () => {
    const store = openMemoryStore('target');
    const target = narrowMinded(store, refusal('DIGEST_INVALID'));
    if (root === undefined) throw new Error('nothing to copy');
    await copy(await memoryWith(contents), root, target, [v1]);
    const { bytes } = await store.fetchManifest(v1);
    expect(textOf(bytes)).toBe(textOf(contents.at(-1)?.bytes ?? new Uint8Array()));
  });

  it('fails where it is refused for another reason, or was to have no tag', async () => {
    const source = await memoryWith(contents);
    if (root === undefined) throw new Error('nothing to copy');
    const denied = narrowMinded(openMemoryStore('denied'), refusal('DENIED'));
    expect(await codeOf(() => copy(source, root, denied, [v1]))).toBe('REGISTRY_REFUSED');
    const untagged = narrowMinded(openMemoryStore('untagged'), refusal('DIGEST_INVALID'));
    expect(await codeOf(() => copy(source, root, untagged, []))).toBe('REGISTRY_REFUSED');
  });
});

describe('a copy', () => {
  it('moves a blob and a manifest once, however often they are listed', async () => {
    const contents = twice();
    const root = contents.at(-1)?.descriptor.digest;
    if (root === undefined) throw new Error('nothing to copy');
    const from = recordedTarget(await memoryWith(contents));
    const to = recordedTarget(openMemoryStore('target'));
    await copy(from.target, root, to.target, [v1]);
    expect(countCalls(from.calls, 'fetchBlob', layer.descriptor.digest)).toBe(1);
    expect(countCalls(to.calls, 'pushBlob', layer.descriptor.digest)).toBe(1);
    expect(countCalls(to.calls, 'pushManifest')).toBe(1);
  });

  it('leaves a layer out that is elsewhere, and says so by an event and in its result', async () => {
    const manifest = imageWith([layer.descriptor, foreign]);
    const source = await memoryWith([layer, image.config, manifest]);
    const events: CopyEvent[] = [];
    const target = openMemoryStore('target');
    const result = await copy(source, manifest.descriptor.digest, target, [v1], {
      onEvent: (event) => events.push(event),
    });
    const told = events.filter(({ kind }) => kind === 'skipped').map(({ descriptor }) => descriptor.digest);
    expect(told).toEqual([foreign.digest]);
    expect(result.skipped.map(({ digest }) => digest)).toEqual([foreign.digest]);
    expect(await target.hasBlob(foreign)).toBe(false);
  });

  it.each([
    ['is not fetched when it is right', 'a layer', 0],
    ['is fetched when its digest is another', 'b layer', 1],
    ['is fetched when its size is another', 'a lay', 1],
  ])('of content that its descriptor carries: it %s', async (_, text, fetches) => {
    const carried = { ...layer.descriptor, data: Buffer.from(text).toString('base64') };
    const manifest = imageWith([carried]);
    const from = recordedTarget(await memoryWith([layer, image.config, manifest]));
    const target = openMemoryStore('target');
    await copy(from.target, manifest.descriptor.digest, target, [v1]);
    expect(countCalls(from.calls, 'fetchBlob', layer.descriptor.digest)).toBe(fetches);
    expect(await textIn(target, layer)).toBe('a layer');
  });

  it('refuses schema 1 by its name, and writes nothing', async () => {
    const outdated = contentOf(mediaTypes.dockerSchema1, bytesOf('{"schemaVersion":1,"fsLayers":[]}'));
    const source: Target = { ...openMemoryStore('source'), fetchManifest: async () => outdated };
    const to = recordedTarget(openMemoryStore('target'));
    expect(await codeOf(() => copy(source, v1, to.target, [v1]))).toBe('MANIFEST_OUTDATED');
    expect(to.calls.every(({ method }) => method === 'resolve')).toBe(true);
  });
});
