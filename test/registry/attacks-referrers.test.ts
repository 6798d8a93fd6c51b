/** Whoever may push may point at an image as often as he likes: its list stays readable, and costs no more than a page. */
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { manifestSizeBytesMax } from '../../oci/spec/manifest.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { referrersLookedAtMax } from '../../registry/content/referrers.ts';
import { diskLayout } from '../../registry/disk/disk-layout.ts';
import { pageEntriesMax } from '../../registry/http/page.ts';
import { contentOf, manifestOf } from '../oci/content.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

const repository = parseRepositoryName('team/app');
const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const subject = image.descriptor.digest;

/** REFERRERS=100000 takes longer and shows the same. */
const floodCount = Number(process.env['REFERRERS'] ?? 20_000);

let registry: RegistryUnderTest;

/** Far more than could be pushed in a test, as they lie on the disk; the file behind all of them is one. */
function plantFlood(directory: string): void {
  const layout = diskLayout(join(directory, 'registry'));
  const digestOfNumber = (at: number) => `sha256:${at.toString(16).padStart(64, '0')}` as Digest;
  const descriptorOf = (digest: Digest) =>
    JSON.stringify({ mediaType: mediaTypes.ociManifest, digest, size: 300, artifactType: 'application/x-flood' });
  const first = layout.manifest(repository, digestOfNumber(0));
  mkdirSync(dirname(layout.referrer(repository, subject, digestOfNumber(0))), { recursive: true });
  for (let at = 0; at < floodCount; at += 1) {
    const digest = digestOfNumber(at);
    writeFileSync(layout.referrer(repository, subject, digest), descriptorOf(digest));
    if (at === 0) writeFileSync(first, '{}');
    // A file has so many names at most.
    else if (at % 30_000 === 0) writeFileSync(layout.manifest(repository, digest), '{}');
    else linkSync(layout.manifest(repository, digestOfNumber(at - (at % 30_000))), layout.manifest(repository, digest));
  }
}

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, image);
  plantFlood(registry.directory);
}, 120_000);

afterAll(() => registry.close());

interface Page {
  readonly manifests: readonly Descriptor[];
  readonly next: string | undefined;
}

async function readPage(path: string): Promise<Page> {
  const reply = await registry.call({ path, as: 'viewer' });
  expect(reply.status).toBe(200);
  expect(reply.text.length).toBeLessThanOrEqual(manifestSizeBytesMax);
  const { manifests } = jsonOf(reply) as { manifests: Descriptor[] };
  return { manifests, next: /^<([^>]*)>/.exec(String(reply.headers['link'] ?? ''))?.[1] };
}

/** All pages, by their links, as a client reads them. */
async function readAll(query = ''): Promise<readonly Page[]> {
  const pages: Page[] = [];
  for (let path: string | undefined = `/v2/team/app/referrers/${subject}${query}`; path !== undefined; ) {
    const page = await readPage(path);
    pages.push(page);
    path = page.next;
  }
  return pages;
}

describe('referrers: a flood of them on one image', () => {
  test('are listed a page at a time, each once, and none is left out', { timeout: 120_000 }, async () => {
    const pages = await readAll();
    expect(Math.max(...pages.map(({ manifests }) => manifests.length))).toBe(pageEntriesMax);
    expect(pages.length).toBe(Math.ceil(floodCount / pageEntriesMax));
    expect(new Set(pages.flatMap(({ manifests }) => manifests.map(({ digest }) => digest))).size).toBe(floodCount);
  });

  test('hide no signature, and are looked at so many at a time for who asks for signatures', {
    timeout: 120_000,
  }, async () => {
    const signature = manifestOf(mediaTypes.ociManifest, {
      ...{ artifactType: 'application/x-signature', config: config.descriptor, layers: [] },
      subject: image.descriptor,
    });
    await registry.push('team/app', signature);
    const pages = await readAll('?artifactType=application/x-signature');
    const found = pages.flatMap(({ manifests }) => manifests.map(({ digest }) => digest));
    expect(found).toEqual([signature.descriptor.digest]);
    expect(pages.length).toBe(Math.ceil((floodCount + 1) / referrersLookedAtMax));
  });

  test('keep nobody from pulling the image, or from pushing another', async () => {
    expect((await registry.call({ path: `/v2/team/app/manifests/${subject}`, as: 'viewer' })).status).toBe(200);
    await registry.tag('team/app', 'still-here', image);
  });
});
