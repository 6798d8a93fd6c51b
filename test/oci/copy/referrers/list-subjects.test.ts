import { describe, expect, it } from 'vitest';
import { graphDepthMax } from '../../../../oci/copy/graph-walk.ts';
import { listSubjects } from '../../../../oci/copy/referrers/list-subjects.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import { codeOf } from '../../code-of.ts';
import { type Content, imageOf, indexOf, layerOf, pushAll } from '../../content.ts';
import { countCalls, recordedTarget } from '../../observed-target.ts';

const layer = layerOf('a layer');
const [one, two, three] = ['1', '2', '3'].map((text) => imageOf(text, [layer.descriptor]).manifest) as [
  Content,
  Content,
  Content,
];

describe('the manifests that others may point at', () => {
  it('are an image itself, with no question asked', async () => {
    const { target, calls } = recordedTarget(openMemoryStore('source'));
    expect(await listSubjects(target, one)).toEqual([one.descriptor]);
    expect(calls).toEqual([]);
  });

  it('are an index and everything below it, once; only indexes are read', async () => {
    const store = openMemoryStore('source');
    const inner = indexOf([two.descriptor, three.descriptor, layer.descriptor]);
    const root = indexOf([one.descriptor, inner.descriptor, two.descriptor]);
    await pushAll(store, [inner]);
    const { target, calls } = recordedTarget(store);
    const subjects = [root, one, inner, two, three].map(({ descriptor }) => descriptor);
    expect(await listSubjects(target, root)).toEqual(subjects);
    expect(countCalls(calls, 'fetchManifest')).toBe(1);
    expect(calls).toHaveLength(1);
  });

  it('are refused when they are nested too deeply, or too many', async () => {
    const store = openMemoryStore('source');
    let root = indexOf([one.descriptor]);
    for (let level = 0; level < graphDepthMax; level += 1) {
      await pushAll(store, [root]);
      root = indexOf([root.descriptor]);
    }
    expect(await codeOf(() => listSubjects(store, root))).toBe('MANIFEST_INVALID');
    const many = Array.from({ length: 1_000 }, (_, at) => imageOf(`many ${at}`, []).manifest.descriptor);
    expect(await codeOf(() => listSubjects(store, indexOf(many)))).toBe('MANIFEST_INVALID');
  });
});
