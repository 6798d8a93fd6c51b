/** Copies that are cut short at a random point: what they leave is sound, and a repeat completes it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copy } from '../../../oci/copy/copy.ts';
import { copyGraph } from '../../../oci/copy/copy-graph.ts';
import { proveGraph } from '../../../oci/copy/prove-graph.ts';
import type { Target } from '../../../oci/copy/target.ts';
import { blobSuccessors, manifestSuccessors, parseManifest } from '../../../oci/spec/manifest.ts';
import { isNonDistributable } from '../../../oci/spec/media-type.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { pushAll } from '../content.ts';
import { type Around, observedTarget, recordedTarget } from '../observed-target.ts';
import { type Graph, manifestsOf, randomGraph } from '../random-graph.ts';

const tag = parseTag('v1');

class Crash extends Error {}

interface CrashPlan {
  /** Which call crashes, as a part of all calls that an undisturbed copy makes. */
  readonly place: number;
  /** Whether the call takes effect before the crash, as when only the answer is lost. */
  readonly effect: boolean;
  /** Whether the process is gone, so that every later call fails too, or only this one call failed. */
  readonly dead: boolean;
}

const crashPlan: fc.Arbitrary<CrashPlan> = fc.record({
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  effect: fc.boolean(),
  dead: fc.boolean(),
});

/** Crashes at the call with that number; the calls happen in the order that the scheduler likes. */
function crashAt(at: number, { effect, dead }: CrashPlan, scheduler?: fc.Scheduler): Around {
  let calls = 0;
  return async (call, proceed) => {
    await scheduler?.schedule(Promise.resolve(), `${call.method} ${call.subject}`);
    calls += 1;
    if (calls === at + 1) {
      if (effect) await proceed();
      throw new Crash();
    }
    if (dead && calls > at + 1) throw new Crash();
    return await proceed();
  };
}

async function sourceOf(graph: Graph): Promise<Target> {
  const source = openMemoryStore('source');
  await pushAll(source, graph.contents);
  await source.pushTag(tag, graph.root);
  return source;
}

/** How many calls an undisturbed copy makes on its target. */
async function countTargetCalls(source: Target): Promise<number> {
  const { target, calls } = recordedTarget(openMemoryStore('undisturbed'));
  await copy(source, tag, target, [tag]);
  return calls.length;
}

/** Every manifest that is there has all that it points at. */
async function expectNoManifestWithoutItsChildren(target: Target, graph: Graph): Promise<void> {
  for (const { descriptor, bytes } of manifestsOf(graph)) {
    if ((await target.resolve(descriptor.digest)) === undefined) continue;
    const manifest = parseManifest(bytes);
    for (const child of manifestSuccessors(manifest)) expect(await target.resolve(child.digest)).toBeDefined();
    for (const blob of blobSuccessors(manifest)) {
      if (!isNonDistributable(blob.mediaType)) expect(await target.hasBlob(blob)).toBe(true);
    }
  }
}

async function expectComplete(target: Target, graph: Graph): Promise<void> {
  expect(await proveGraph(target, graph.root.descriptor)).toMatchObject({
    complete: true,
    checked: graph.contents.length,
  });
}

describe('a copy that crashes at any call', () => {
  it('of a graph leaves no manifest without its children and no tag, and a repeat completes it', async () => {
    const concurrencies = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(
        randomGraph,
        crashPlan,
        concurrencies,
        fc.scheduler(),
        async (graph, plan, concurrency, scheduler) => {
          const source = await sourceOf(graph);
          const target = openMemoryStore('target');
          const at = Math.floor(plan.place * ((await countTargetCalls(source)) - 1));
          const { descriptor: root } = graph.root;
          const crashing = observedTarget(target, crashAt(at, plan, scheduler));

          const copying = scheduler.waitFor(copyGraph(source, crashing, root, { concurrency }));
          await expect(copying).rejects.toBeInstanceOf(Crash);
          await expectNoManifestWithoutItsChildren(target, graph);
          expect(await Array.fromAsync(target.listTags())).toEqual([]);

          await copyGraph(source, target, root, { concurrency });
          await expectComplete(target, graph);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of an image tags nothing incomplete, and a repeat completes and tags it', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, crashPlan, async (graph, plan) => {
        const source = await sourceOf(graph);
        const target = openMemoryStore('target');
        const calls = await countTargetCalls(source);
        const at = Math.floor(plan.place * calls);

        const copying = copy(source, tag, observedTarget(target, crashAt(at, plan)), [tag]);
        // Of the tag alone a lost answer makes no failure: it is looked at again.
        if (at === calls - 1 && plan.effect && !plan.dead) await copying;
        else await expect(copying).rejects.toBeInstanceOf(Crash);
        await expectNoManifestWithoutItsChildren(target, graph);
        if ((await target.resolve(tag)) !== undefined) await expectComplete(target, graph);

        await copy(source, tag, target, [tag]);
        await expectComplete(target, graph);
        expect((await target.resolve(tag))?.digest).toBe(graph.root.descriptor.digest);
      }),
      { numRuns: 200 },
    );
  });

  it('at the source leaves no manifest without its children, and a repeat completes it', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, crashPlan, async (graph, plan) => {
        const source = await sourceOf(graph);
        const target = openMemoryStore('target');
        const { target: counted, calls } = recordedTarget(source);
        await copyGraph(counted, openMemoryStore('undisturbed'), graph.root.descriptor);
        const at = Math.floor(plan.place * calls.length);

        const crashing = observedTarget(source, crashAt(at, plan));
        await expect(copyGraph(crashing, target, graph.root.descriptor)).rejects.toBeInstanceOf(Crash);
        await expectNoManifestWithoutItsChildren(target, graph);

        await copyGraph(source, target, graph.root.descriptor);
        await expectComplete(target, graph);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a copy that is aborted at any call', () => {
  it('fails with the reason, has nothing running any more, and a repeat completes it', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, crashPlan, async (graph, plan) => {
        const source = await sourceOf(graph);
        const target = openMemoryStore('target');
        const at = Math.floor(plan.place * ((await countTargetCalls(source)) - 1));
        const stop = new AbortController();
        const reason = new Error('stopped on purpose');
        let calls = 0;
        let running = 0;
        const stopping = observedTarget(target, async (_, proceed) => {
          if (calls === at) stop.abort(reason);
          calls += 1;
          running += 1;
          try {
            return await proceed();
          } finally {
            running -= 1;
          }
        });

        const copying = copyGraph(source, stopping, graph.root.descriptor, { signal: stop.signal });
        await expect(copying).rejects.toBe(reason);
        expect(running).toBe(0);
        await expectNoManifestWithoutItsChildren(target, graph);

        await copyGraph(source, target, graph.root.descriptor);
        await expectComplete(target, graph);
      }),
      { numRuns: 100 },
    );
  });
});
