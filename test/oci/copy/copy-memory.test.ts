/** What copies remember of registries, and for how long. */
import { describe, expect, it } from 'vitest';
import { openCopyMemory } from '../../../oci/copy/copy-memory.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { layerOf } from '../content.ts';

const registry = 'https://registry.example';
const app = { registry, repository: parseRepositoryName('team/app') };
const other = { registry, repository: parseRepositoryName('team/app/other') };
const stranger = { registry: 'https://stranger.example', repository: app.repository };
const { descriptor: layer } = layerOf('a layer');
const tenMinutesMs = 10 * 60_000;

describe('a memory', () => {
  it('knows nothing of a repository that it was told nothing of', () => {
    const memory = openCopyMemory(() => 0);
    memory.remember(app, 'blob', layer.digest);
    for (const place of [other, stranger]) {
      expect([memory.knows(place), memory.has(place, 'blob', layer.digest)]).toEqual([false, false]);
    }
    expect(memory.has(app, 'blob', layer.digest)).toBe(true);
  });

  it('keeps blobs and manifests of one digest apart', () => {
    const memory = openCopyMemory(() => 0);
    memory.remember(app, 'blob', layer.digest);
    expect(memory.has(app, 'manifest', layer.digest)).toBe(false);
  });

  it('names another repository of the registry that holds a blob in a committed manifest, and no other', () => {
    const memory = openCopyMemory(() => 0);
    memory.remember(other, 'blob', layer.digest);
    expect(memory.holderOf(app, layer.digest)).toBeUndefined();
    memory.rememberCommitted(other, [layer]);
    expect(memory.holderOf(app, layer.digest)).toEqual(other);
    expect(memory.holderOf(other, layer.digest)).toBeUndefined();
    expect(memory.holderOf(stranger, layer.digest)).toBeUndefined();
  });

  it('has not seen the blobs of a manifest because it has seen the manifest', () => {
    const memory = openCopyMemory(() => 0);
    memory.rememberCommitted(app, [layer]);
    expect([memory.knows(app), memory.has(app, 'blob', layer.digest)]).toEqual([true, false]);
  });

  it('lasts ten minutes from when it was last told', () => {
    let now = 0;
    const memory = openCopyMemory(() => now);
    memory.rememberCommitted(app, [layer]);
    memory.remember(app, 'blob', layer.digest);
    now = tenMinutesMs - 1;
    expect(memory.has(app, 'blob', layer.digest)).toBe(true);
    memory.remember(app, 'blob', layer.digest);
    now = tenMinutesMs + 1;
    expect(memory.has(app, 'blob', layer.digest)).toBe(true);
    expect(memory.holderOf(other, layer.digest)).toBeUndefined();
    now = 3 * tenMinutesMs;
    expect([memory.has(app, 'blob', layer.digest), memory.knows(app)]).toEqual([false, false]);
  });

  it('forgets one repository, and not those whose names begin like it', () => {
    const memory = openCopyMemory(() => 0);
    for (const place of [app, other]) {
      memory.rememberCommitted(place, [layer]);
      memory.remember(place, 'blob', layer.digest);
    }
    memory.forget(app);
    expect([memory.knows(app), memory.has(app, 'blob', layer.digest)]).toEqual([false, false]);
    expect([memory.knows(other), memory.has(other, 'blob', layer.digest)]).toEqual([true, true]);
    expect(memory.holderOf(app, layer.digest)).toEqual(other);
    memory.forget(other);
    expect(memory.holderOf(app, layer.digest)).toBeUndefined();
  });

  it('tells of a flight until it has landed, also of one that fails', async () => {
    const memory = openCopyMemory(() => 0);
    const landing = Promise.withResolvers<void>();
    const flying = memory.fly(app, layer.digest, () => landing.promise);
    expect(memory.flightTo(registry, layer.digest)?.place).toEqual(app);
    expect(memory.flightTo(stranger.registry, layer.digest)).toBeUndefined();
    landing.reject(new Error('crashed'));
    await expect(flying).rejects.toThrow('crashed');
    expect(memory.flightTo(registry, layer.digest)).toBeUndefined();
  });
});
