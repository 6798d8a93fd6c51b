/** A copy to a registry that stops reading half way in a blob which is too large to be on its way by then. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ordinaryQuirks, type UploadWay } from '../../oci/client/quirks.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { systemTiming, type Timing } from '../../oci/client/wire/timing.ts';
import { copy } from '../../oci/copy/copy.ts';
import type { Target } from '../../oci/copy/target.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { contentOf, imageOf, pushAll } from '../oci/content.ts';
import { impatience, tag } from './copy-world.ts';
import { openFaultProxy } from './fault-proxy.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

/** Half of it is more than what lies between two processes. */
const chunkSizeBytes = 32 * 1024 * 1024;
const layer = contentOf(mediaTypes.ociLayerGzip, randomBytes(chunkSizeBytes));
const { manifest, config } = imageOf('{}', [layer.descriptor]);

let registry: RegistryUnderTest;
let source: Target;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  source = openMemoryStore('source');
  await pushAll(source, [layer, config]);
  await source.pushTag(tag, manifest);
});

afterAll(() => registry?.close());

/** Copies the image that way while so many uploads of the layer are not read to their end. */
async function copyHalting(way: UploadWay, often: 'once' | 'always') {
  const proxy = await openFaultProxy(registry.url);
  const on = way === 'put' ? 'PUT blob' : 'PATCH blob';
  const times = often === 'once' ? 1 : Number.POSITIVE_INFINITY;
  proxy.plan({ on, sizeBytesMin: chunkSizeBytes, nth: 1, times, fault: { kind: 'stop reading' } });
  const credentials = async () => ({ username: 'test', password: registry.tokens.admin });
  const quirks = { ...ordinaryQuirks, uploadWays: [way], chunkSizeBytes, anonymousMounts: 'never' } as const;
  const hasty = impatience();
  const timing: Timing = {
    ...hasty,
    // Once nothing breaks any more, a registry that is merely slow with so many bytes is given its time.
    get stallMs() {
      return isOver() ? systemTiming.stallMs : hasty.stallMs;
    },
    get commitMs() {
      return isOver() ? systemTiming.commitMs : hasty.commitMs;
    },
    answerMs: systemTiming.answerMs,
  };
  const isOver = () => often === 'once' && proxy.isStruckBy(0);
  const client = openRegistryClient({ url: proxy.url, credentials, quirksOf: () => quirks }, timing);
  const there = client.repository(parseRepositoryName(`production/halted-${often}-by-${way}`));
  const copying = copy(source, tag, there, [tag]);
  const error = await copying.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  const uploads = proxy.counts()['POST blob']?.came;
  const tags = await Array.fromAsync(there.listTags());
  const isThere = await there.hasBlob(layer.descriptor);
  await client.close();
  await proxy.close();
  return { error, uploads, tags, isThere, host: new URL(proxy.url).host };
}

describe.concurrent.each(['put', 'patch', 'chunks'] as const)('a target that stops reading half way, by %s,', (way) => {
  it('has the image in the end when it does so once, by another upload', async ({ expect }) => {
    const { error, uploads, tags, isThere } = await copyHalting(way, 'once');
    expect(error).toBeUndefined();
    expect({ tags, isThere }).toEqual({ tags: [tag], isThere: true });
    // Two for the layer at least, and one for the configuration.
    expect(uploads).toBeGreaterThan(2);
  });

  it('is blamed when it always does so, and has no tag', async ({ expect }) => {
    const { error, tags, isThere, host } = await copyHalting(way, 'always');
    expect(error).toMatchObject({ fields: { registry: host, networkCode: 'STALLED' } });
    expect({ tags, isThere }).toEqual({ tags: [], isThere: false });
  });
});
