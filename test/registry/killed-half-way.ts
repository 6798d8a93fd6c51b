/** A copy from or to a registry whose process is killed while it is under way. */
import { expect } from 'vitest';
import { CodedError } from '../../errors/errors.ts';
import { openRegistryClient, type RegistryClientInit } from '../../oci/client/registry-client.ts';
import { systemTiming, type Timing } from '../../oci/client/wire/timing.ts';
import { copy } from '../../oci/copy/copy.ts';
import type { CopyEvent } from '../../oci/copy/copy-event.ts';
import type { Target } from '../../oci/copy/target.ts';
import { isManifestType } from '../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { pushAll } from '../oci/content.ts';
import { contents, expectWhole, root, tag } from './copy-world.ts';

/** A registry as a process. */
export interface KillableRegistry {
  readonly client: Pick<RegistryClientInit, 'url' | 'credentials'>;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and the same files. */
  start(): Promise<void>;
}

/** When it is killed. */
const moments = {
  'a first byte has gone by': ({ kind }: CopyEvent) => kind === 'progressed',
  'a first blob is there': ({ kind, descriptor }: CopyEvent) =>
    kind === 'copied' && !isManifestType(descriptor.mediaType),
  'a first manifest is there': ({ kind, descriptor }: CopyEvent) =>
    kind === 'copied' && isManifestType(descriptor.mediaType),
} as const;

type Moment = keyof typeof moments;
type KilledSide = 'source' | 'target';

/** Each at which either side is still needed. */
export const killings: readonly (readonly [KilledSide, Moment])[] = [
  ['source', 'a first byte has gone by'],
  ['source', 'a first blob is there'],
  ['target', 'a first byte has gone by'],
  ['target', 'a first blob is there'],
  ['target', 'a first manifest is there'],
];

let repositories = 0;

/** Killed at the moment and started again, it has the right copy in the end. */
export async function expectCopiedAcross(registry: KillableRegistry, side: KilledSide, moment: Moment): Promise<void> {
  const isBack = Promise.withResolvers<void>();
  const timing = waitingFor(isBack.promise);
  const { from, to, close } = await openSides(registry, side, timing);
  await copyAndKill(from, to, moment, async () => {
    await registry.kill();
    await registry.start();
    isBack.resolve();
  });
  expect(timing.waits).toBeGreaterThan(0);
  await expectWhole(to);
  await close();
}

/** Killed for good, it leaves a clear error and no tag; started again much later, a repeat completes the copy. */
export async function expectNothingLeft(registry: KillableRegistry, side: KilledSide): Promise<void> {
  const { from, to, close } = await openSides(registry, side, waitingFor(Promise.resolve()));
  const copying = copyAndKill(from, to, 'a first byte has gone by', () => registry.kill());
  await expect(copying).rejects.toBeInstanceOf(CodedError);
  await registry.start();
  expect(await Array.fromAsync(to.listTags())).toEqual([]);
  await copy(from, tag, to, [tag]);
  await expectWhole(to);
  await close();
}

/** Nobody comes back before the promise is kept; no other wait takes time. */
function waitingFor(promise: Promise<void>): Timing & { readonly waits: number } {
  let waits = 0;
  return {
    ...systemTiming,
    // Long enough for a process that is busy, on a machine that is.
    ...{ answerMs: 10_000, commitMs: 10_000, stallMs: 10_000 },
    get waits() {
      return waits;
    },
    async sleep() {
      waits += 1;
      await promise;
    },
  };
}

async function openSides(registry: KillableRegistry, side: KilledSide, timing: Timing) {
  repositories += 1;
  const client = openRegistryClient(registry.client, timing);
  const inside = client.repository(parseRepositoryName(`dev/killed-${repositories}`));
  const outside: Target = openMemoryStore('outside');
  const [from, to] = side === 'source' ? [inside, outside] : [outside, inside];
  await pushAll(from, contents);
  await from.pushTag(tag, root);
  return { from, to, close: () => client.close() };
}

async function copyAndKill(from: Target, to: Target, moment: Moment, kill: () => Promise<void>): Promise<void> {
  let killed: Promise<void> | undefined;
  try {
    // One after the other, as far as that goes: there is something left to do at any moment.
    await copy(from, tag, to, [tag], {
      concurrency: 1,
      onEvent: (event) => {
        if (moments[moment](event)) killed ??= kill();
      },
    });
  } finally {
    await killed;
  }
  expect(killed).toBeDefined();
}
