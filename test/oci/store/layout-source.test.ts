/** An image layout that is only read. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copy } from '../../../oci/copy/copy.ts';
import { proveGraph } from '../../../oci/copy/prove-graph.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openLayout } from '../../../oci/store/layout.ts';
import { layoutFiles } from '../../../oci/store/layout-files.ts';
import { layoutSource } from '../../../oci/store/layout-source.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { codeOf } from '../code-of.ts';
import { imageOf, layerOf, pushAll } from '../content.ts';

const v1 = parseTag('v1');
const layer = layerOf('a layer');
const { manifest, config } = imageOf('{}', [layer.descriptor]);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'layout-source-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('a layout that is only read', () => {
  it('is copied whole, and nothing is made in it', async () => {
    const layout = await openLayout(directory);
    await pushAll(layout, [layer, config, manifest]);
    await layout.pushTag(v1, manifest);
    for (const name of ['ingest', 'blobs/sha512']) await rm(join(directory, name), { recursive: true });
    const before = await readdir(directory, { recursive: true });
    const target = openMemoryStore('target');
    const { root } = await copy(layoutSource(layoutFiles(directory)), v1, target, [v1], { referrers: {} });
    expect(await proveGraph(target, root)).toMatchObject({ complete: true });
    expect(await readdir(directory, { recursive: true })).toEqual(before);
  });

  it('has nothing that is not there', async () => {
    const source = layoutSource(layoutFiles((await openLayout(directory)).name));
    expect(await source.resolve(v1)).toBeUndefined();
    expect(await source.hasBlob(layer.descriptor)).toBe(false);
    expect(await codeOf(() => source.fetchManifest(v1))).toBe('MANIFEST_UNKNOWN');
    expect(await codeOf(() => source.fetchBlob(layer.descriptor))).toBe('BLOB_UNKNOWN');
  });
});
