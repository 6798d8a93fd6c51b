/** One quirk of a registry as three tests: ours masters it, a naive client fails, and nothing else made that one fail. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { quirksOf, type RegistryQuirks } from '../../../oci/client/quirks.ts';
import type { Credentials } from '../../../oci/client/sign-in/credentials.ts';
import { copy } from '../../../oci/copy/copy.ts';
import { copyReferrers } from '../../../oci/copy/referrers/copy-referrers.ts';
import type { FetchedManifest, RepositoryPlace } from '../../../oci/copy/target.ts';
import { digestOf } from '../../../oci/hash.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag, type Tag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { openAuthority } from '../client/certificates.ts';
import { openTestClient, type TestTiming, testTiming } from '../client/fixture.ts';
import { imageOf, pushAll, layerOf as textLayer } from '../content.ts';
import { type NaiveChoices, openNaiveClient } from './naive-client.ts';
import { type Behaviour, type Contents, openPlainRegistry, refusal } from './plain-registry.ts';

/** What both clients can be asked to do. */
export interface Repository {
  resolve(tag: Tag): Promise<{ readonly digest: string } | undefined>;
  fetchManifest(tag: Tag): Promise<FetchedManifest>;
  hasBlob(descriptor: Descriptor): Promise<boolean>;
  fetchBlob(descriptor: Descriptor): Promise<AsyncIterable<Uint8Array>>;
  listTags(): AsyncIterable<string>;
  pushBlob(descriptor: Descriptor, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<void>;
  mountBlob?(descriptor: Descriptor, from: RepositoryPlace): Promise<boolean>;
  pushManifest(manifest: FetchedManifest): Promise<void>;
  pushTag(tag: Tag, manifest: FetchedManifest): Promise<void>;
  listReferrers?(subject: Digest): Promise<{ readonly referrers: readonly Descriptor[] }>;
}

/** What a client is put to work with. */
export interface Scene {
  /** The client's view of the repository `app` below `team`. */
  readonly app: Repository;
  /** The same for `base` below `team`. */
  readonly base: Repository;
  /** Asks the registry whether it lets the client in. */
  readonly ping: () => Promise<void>;
  /** Every repository, as the client lists them. */
  readonly listRepositories: () => AsyncIterable<string>;
  /** Copies an image of two layers, that lies elsewhere, to the repository under the tag. */
  readonly copyImage: (tag: Tag) => Promise<void>;
  /** Reads every manifest that points at the subject; their digests. */
  readonly fetchReferrers: (subject: Digest) => Promise<readonly string[]>;
  /** The registry itself, where the outcome shows. */
  readonly registry: Contents;
  /** The clock of both sides. */
  readonly timing: TestTiming;
}

export interface Quirk {
  /** How the registry differs from a correct one. */
  readonly behaves: (scene: { readonly timing: TestTiming }) => readonly Behaviour[];
  /** How a registry behaves that has this in common with it, but not the quirk. */
  readonly plainly?: (scene: { readonly timing: TestTiming }) => readonly Behaviour[];
  /** What must come about; throws when it does not. */
  readonly deed: (scene: Scene) => Promise<void>;
  readonly credentials?: Credentials;
  /** The straightforward choice that fails, where there are several. */
  readonly naive?: NaiveChoices;
  /** How it fails. */
  readonly failing: RegExp;
  /** Whether it speaks TLS. */
  readonly tls?: true;
  /** What is known of the registry, where it is not what its host name tells. */
  readonly quirks?: RegistryQuirks;
}

/** The registry of one test. */
interface Stage {
  readonly registry: Contents;
  readonly timing: TestTiming;
  /** PEM of the authority of its certificate. */
  readonly ca: string | undefined;
}

/** What all quirks of one registry have in common: its host name, by which it is known. */
export function quirksAt(host: string): (title: string, quirk: Quirk) => void {
  return (title, quirk) => {
    describe(title, () => {
      const open = async (behaviours: Quirk['behaves'] | undefined): Promise<Stage> => {
        const timing = testTiming();
        const authority = quirk.tls && openAuthority();
        if (authority !== undefined) onTestFinished(() => authority.close());
        const registry = await openPlainRegistry(behaviours?.({ timing }), authority?.issue('IP:127.0.0.1'));
        return { registry, timing, ca: authority?.ca };
      };

      it('is mastered', async () => {
        await quirk.deed(sceneOfOurs(quirk, host, await open(quirk.behaves)));
      });

      it('defeats a naive client', async () => {
        const scene = naiveScene(quirk, await open(quirk.behaves));
        await expect(quirk.deed(scene)).rejects.toThrow(quirk.failing);
      });

      it('is all that defeats it', async () => {
        await quirk.deed(naiveScene(quirk, await open(quirk.plainly)));
      });
    });
  };
}

const layers = ['one layer', 'another layer'].map((text) => textLayer(text));
const { manifest, config } = imageOf(
  '{}',
  layers.map(({ descriptor }) => descriptor),
);

/** Digest of the image that `copyImage` copies. */
export const imageDigest = manifest.descriptor.digest;

function sceneOfOurs(quirk: Quirk, host: string, { registry, timing, ca }: Stage): Scene {
  const client = openTestClient(
    {
      url: registry.url,
      ...(ca === undefined ? {} : { ca }),
      credentials: async () => quirk.credentials,
      quirksOf: () => quirk.quirks ?? quirksOf(host),
    },
    timing,
  );
  const app = client.repository(parseRepositoryName('team/app'));
  return {
    app,
    base: client.repository(parseRepositoryName('team/base')),
    ping: () => client.ping(),
    listRepositories: () => client.listRepositories(),
    async copyImage(tag) {
      const source = openMemoryStore('source');
      await pushAll(source, [...layers, config]);
      await source.pushTag(tag, manifest);
      await copy(source, tag, app, [tag]);
    },
    async fetchReferrers(subject) {
      const { carried, failed } = await copyReferrers(app, openMemoryStore('target'), [
        emptyManifest('subject').descriptor,
      ]);
      expect(failed).toEqual([]);
      return carried.filter((one) => one.subject === subject).map(({ descriptor }) => descriptor.digest);
    },
    registry,
    timing,
  };
}

function naiveScene(quirk: Quirk, { registry, timing, ca }: Stage): Scene {
  const { credentials } = quirk;
  const { ping, listRepositories, repository } = openNaiveClient({
    url: registry.url,
    now: timing.now,
    ca,
    choices: quirk.naive,
    credentials: credentials !== undefined && 'password' in credentials ? credentials : undefined,
  });
  const app = repository('team/app');
  /** What is not there is pushed, then the manifest by its tag. */
  const copyImage = async (tag: Tag) => {
    for (const { descriptor, bytes } of [...layers, config]) {
      if (!(await app.hasBlob(descriptor))) await app.pushBlob(descriptor, sourceOf(bytes));
    }
    if ((await app.resolve(tag))?.digest !== manifest.descriptor.digest) await app.pushTag(tag, manifest);
  };
  const fetchReferrers = async (subject: Digest) => {
    const { referrers } = await app.listReferrers(subject);
    return await Promise.all(referrers.map((referrer: Descriptor) => app.fetchReferrer(referrer)));
  };
  return { app, base: repository('team/base'), ping, listRepositories, copyImage, fetchReferrers, registry, timing };
}

/** Content of the size, no part of which is like another. */
export function layerOf(sizeBytes: number): { readonly descriptor: Descriptor; readonly bytes: Buffer } {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at + 4 <= sizeBytes; at += 4) bytes.writeUInt32LE(at, at);
  return { bytes, descriptor: { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes, 'sha256'), size: sizeBytes } };
}

/** The bytes as a source that is opened again for each attempt. */
export function sourceOf(bytes: Uint8Array): () => Promise<AsyncIterable<Uint8Array>> {
  return async () => slices(bytes);
}

async function* slices(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** Pushes the layer, and expects the registry to have it as it is. */
export async function pushLayer(scene: Scene, sizeBytes: number): Promise<void> {
  const { descriptor, bytes } = layerOf(sizeBytes);
  await scene.app.pushBlob(descriptor, sourceOf(bytes));
  expect(scene.registry.blobs.get(`team/app@${descriptor.digest}`)?.equals(bytes)).toBe(true);
}

/** Puts the layer into another repository of the registry. */
export function layerElsewhere(registry: Contents, repository: string, sizeBytes = 100) {
  const layer = layerOf(sizeBytes);
  registry.blobs.set(`${repository}@${layer.descriptor.digest}`, layer.bytes);
  const place = { registry: registry.url, repository: parseRepositoryName(repository) };
  return { ...layer, place };
}

/** Makes the layer available: by the mount, or by a push when that is declined. */
export async function mountOrPush(scene: Scene, layer: ReturnType<typeof layerElsewhere>): Promise<void> {
  const { descriptor, bytes, place } = layer;
  const mounted = await scene.app.mountBlob?.(descriptor, place);
  if (!mounted) await scene.app.pushBlob(descriptor, sourceOf(bytes));
  expect(scene.registry.blobs.has(`team/app@${descriptor.digest}`)).toBe(true);
}

/** A manifest of nothing but its annotation, in the registry under the tag. */
export function tagged(registry: Contents, tag: string, mark = tag): { readonly tag: Tag; readonly digest: string } {
  const { bytes, descriptor } = emptyManifest(mark);
  registry.manifests.set(`team/app@${descriptor.digest}`, { type: descriptor.mediaType, bytes: Buffer.from(bytes) });
  registry.tags.set(`team/app:${tag}`, descriptor.digest);
  return { tag: parseTag(tag), digest: descriptor.digest };
}

/** A manifest of nothing but its annotation. */
export function emptyManifest(mark: string): FetchedManifest {
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], annotations: { mark } };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    bytes,
    descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes, 'sha256'), size: bytes.length },
  };
}

/** The first question for the tag, and the first of each further copy, finds nothing: another hand writes it just then. */
export function missesTheFirstLook(): Behaviour {
  let looks = 0;
  return (asked, serve) => {
    const isLook = asked.method !== 'PUT' && asked.path.endsWith('/manifests/1.0.0');
    if (isLook) looks += 1;
    return isLook && looks === 2 ? refusal(404, 'MANIFEST_UNKNOWN') : serve(asked);
  };
}

/** A manifest with a referrer: in the registry's own list where it keeps one, and under the fallback tag as well. */
export function referredTo(registry: Contents): { readonly subject: Digest; readonly referrer: Digest } {
  const subject = emptyManifest('subject').descriptor;
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], subject, artifactType: 'x/sbom' };
  const referrer = store(registry, document);
  const entry = { ...referrer, artifactType: 'x/sbom' };
  const list = store(registry, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] });
  registry.tags.set(`team/app:${subject.digest.replace(':', '-')}`, list.digest);
  return { subject: subject.digest, referrer: referrer.digest };
}

function store(registry: Contents, document: unknown): Descriptor {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = digestOf(bytes, 'sha256');
  registry.manifests.set(`team/app@${digest}`, { type: mediaTypes.ociIndex, bytes });
  return { mediaType: mediaTypes.ociIndex, digest, size: bytes.length };
}
