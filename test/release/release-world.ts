/** Releases in memory: registries, builders and requests for tests. */
import { type LadderPolicy, parseLadderPolicy, type WrittenLadderPolicy } from '../../core/ladder-policy.ts';
import { parseVersion } from '../../core/version.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag, type Tag } from '../../oci/spec/tag.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import type { Builder, BuildRequest } from '../../release/builders/builder.ts';
import { release } from '../../release/release.ts';
import type { ReleaseEvent } from '../../release/release-event.ts';
import type { ReleaseOutcome } from '../../release/release-outcome.ts';
import type { ReleaseParts } from '../../release/release-parts.ts';
import type { ImagePlace, ReleaseEffects, ReleasePolicy, ReleaseRequest } from '../../release/release-request.ts';
import { type Content, imageOf, indexOf, layerOf, pushAll } from '../oci/content.ts';
import { sampleRequest } from './builders/sample-request.ts';

/** An image, its contents in an order in which they can be pushed. */
export interface TestImage {
  readonly root: Descriptor;
  readonly contents: readonly Content[];
}

const revisionLabel = 'org.opencontainers.image.revision';
const sourceLabel = 'org.opencontainers.image.source';
export const testSource = 'https://git.example/acme/app';

/** An image of one platform; `text` makes it differ from others, and `revision` is its label. */
export function testImage(text: string, revision?: string): TestImage {
  const { contents, manifest } = platformImage(text, 'amd64', revision);
  return { root: manifest.descriptor, contents };
}

/** An index of two platforms. */
export function testIndex(text: string, revision?: string): TestImage {
  const images = ['amd64', 'arm64'].map((architecture) => ({
    architecture,
    ...platformImage(text, architecture, revision),
  }));
  const index = indexOf(
    images.map(({ architecture, manifest }) => ({ ...manifest.descriptor, platform: { os: 'linux', architecture } })),
  );
  return { root: index.descriptor, contents: [...images.flatMap(({ contents }) => contents), index] };
}

function platformImage(text: string, architecture: string, revision: string | undefined) {
  const layer = layerOf(`${text} for ${architecture}`);
  const Labels = revision === undefined ? {} : { [revisionLabel]: revision, [sourceLabel]: testSource };
  const { manifest, config } = imageOf(JSON.stringify({ os: 'linux', architecture, config: { Labels } }), [
    layer.descriptor,
  ]);
  return { contents: [layer, config, manifest], manifest };
}

/** A builder that gives out the image, and how often it was asked. */
export function builderOf(image: TestImage): { readonly builder: Builder; builds: number } {
  const counted = {
    builds: 0,
    builder: {
      name: 'none' as const,
      async build(_: BuildRequest) {
        counted.builds += 1;
        const source = openMemoryStore('built');
        await pushAll(source, image.contents);
        return { builder: 'none' as const, source, root: image.root, warnings: [] };
      },
    },
  };
  return counted;
}

/** Registries in memory, by `registry/repository`. */
export interface MemoryRegistries {
  readonly stores: ReadonlyMap<string, Target>;
  repository(registry: string, name: RepositoryName): Promise<Target>;
  /** What every tag of the place names. */
  tagsAt(place: string): Promise<Readonly<Record<string, Digest | undefined>>>;
}

/** Registries that are empty; `around` may put something before each of them. */
export function openMemoryRegistries(
  around: (place: string, store: Target) => Target = (_, store) => store,
): MemoryRegistries {
  const stores = new Map<string, Target>();
  const opened = new Map<string, Target>();
  const storeOf = (place: string): Target => {
    const store = stores.get(place) ?? openMemoryStore(place);
    stores.set(place, store);
    return store;
  };
  return {
    stores,
    async repository(registry, name) {
      const place = `${registry}/${name}`;
      const target = opened.get(place) ?? around(place, storeOf(place));
      opened.set(place, target);
      return target;
    },
    async tagsAt(place) {
      const store = storeOf(place);
      const named: Record<string, Digest | undefined> = {};
      for await (const tag of store.listTags()) named[tag] = (await store.resolve(tag))?.digest;
      return named;
    },
  };
}

/** How a request differs from the usual one. */
export interface RequestChanges {
  /** `registry/repository`, required; with a `?` behind it, optional. */
  readonly images?: readonly string[];
  readonly version?: string;
  readonly extraTags?: readonly string[];
  /** Tags of an image that is no version. */
  readonly refTags?: readonly string[];
  readonly revision?: string | undefined;
  readonly ladder?: WrittenLadderPolicy;
  readonly policy?: Partial<Omit<ReleasePolicy, 'ladder'>>;
  readonly effects?: Partial<ReleaseEffects>;
  readonly ready?: BuildRequest['ready'];
}

/** A request for version 1.2.3 of commit `aaaa` at one place. */
export function requestOf(changes: RequestChanges = {}): ReleaseRequest {
  const { images = ['one.example/acme/app'], version = '1.2.3', extraTags = [], refTags } = changes;
  const commit = 'revision' in changes ? changes.revision : 'aaaa';
  return {
    images: images.map(placeOf),
    subject:
      refTags === undefined
        ? { kind: 'version', version: parseVersion(version), extraTags: extraTags.map(parseTag) }
        : { kind: 'ref', tags: refTags.map(parseTag) },
    revision: { commit, source: testSource, committedAt: 0 },
    policy: {
      ladder: policyOf(changes.ladder),
      onExisting: 'refuse',
      isProtected: false,
      partial: 'refuse',
      ...changes.policy,
    },
    build: sampleRequest({ ready: changes.ready }),
    effects: { push: true, load: false, dryRun: false, ...changes.effects },
  };
}

function policyOf(written: WrittenLadderPolicy = {}): LadderPolicy {
  return parseLadderPolicy(written);
}

function placeOf(written: string): ImagePlace {
  const [, registry = '', repository = ''] = /^([^/]+)\/(.*?)\??$/.exec(written) ?? [];
  return { registry, repository: parseRepositoryName(repository), isRequired: !written.endsWith('?') };
}

/** Time that passes only when it is waited for. */
export function testClock() {
  const delays: number[] = [];
  let clock = 0;
  return {
    delays,
    now: () => clock,
    async sleep(delayMs: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      delays.push(delayMs);
      clock += delayMs;
    },
  };
}

/** What a release works with, around registries and one builder. */
export function partsOf(registries: ReleaseParts['registries'], builder: Builder): ReleaseParts {
  return {
    registries,
    chooseBuilder: async () => builder,
    surroundings: { env: {}, cwd: '/', scratch: '/' },
    timing: testClock(),
  };
}

/** Releases the image to the registries; what it answers, what it told, and how often was built. */
export async function releaseTo(
  registries: ReleaseParts['registries'],
  image: TestImage,
  changes: RequestChanges = {},
): Promise<{ readonly outcome: ReleaseOutcome; readonly events: readonly ReleaseEvent[]; readonly builds: number }> {
  const counted = builderOf(image);
  const events: ReleaseEvent[] = [];
  const outcome = await release(requestOf(changes), partsOf(registries, counted.builder), {
    onEvent: (event) => events.push(event),
  });
  return { outcome, events, builds: counted.builds };
}

/** `tag change` for each tag of a place of the outcome. */
export function changesAt({ places }: ReleaseOutcome, at = 0): readonly string[] {
  return (places[at]?.tags ?? []).map(({ tag, change }) => `${tag} ${change}`);
}

/** The status of each place, and its error's code where there is one. */
export function statuses({ places }: ReleaseOutcome): readonly string[] {
  return places.map(({ status, error }) => (error === undefined ? status : `${status} ${error.code}`));
}

/** The tag, parsed. */
export function tagOf(text: string): Tag {
  return parseTag(text);
}
