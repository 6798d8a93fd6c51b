/** Workers that stand still, as a frozen or killed process would: at a named step, or in the middle of a write. */
import type { Target } from '../../../oci/copy/target.ts';
import { drain } from '../../../service/lanes/drain.ts';
import type { LaneParts, LaneStepName } from '../../../service/lanes/lane-parts.ts';
import type { LaneWorld } from './lane-world.ts';

/** A drain that stands still; one that is never thawed was killed. */
export interface Standing {
  thaw(): Promise<void>;
}

/** Starts a drain that stands still when the step is about to be taken for the first time. */
export function freezeAt(world: LaneWorld, step: LaneStepName): Promise<Standing> {
  return standStill(
    (pause) => ({
      ...world.parts,
      onStep: async (name) => {
        if (name === step) await pause();
      },
    }),
    world,
  );
}

/** Starts a drain that stands still right before a tag is written whose name the test picks: its token was asserted. */
export function freezeBeforeWrite(world: LaneWorld, isMeant: (tag: string) => boolean): Promise<Standing> {
  return standStill((pause) => {
    const target: Target = {
      ...world.target,
      pushTag: async (tag, manifest, options) => {
        if (isMeant(tag)) await pause();
        return world.target.pushTag(tag, manifest, options);
      },
    };
    return withTarget(world.parts, target);
  }, world);
}

/** The parts of a worker whose registry behaves otherwise. */
export function withTarget(parts: LaneParts, target: Target): LaneParts {
  return { ...parts, placeOf: async (lane) => ({ ...(await parts.placeOf(lane)), target }) };
}

async function standStill(partsOf: (pause: () => Promise<void>) => LaneParts, world: LaneWorld): Promise<Standing> {
  const thawed = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let isThawed = false;
  const pause = async () => {
    if (isThawed) return;
    reached.resolve();
    await thawed.promise;
  };
  const drained = drain(world.lane, partsOf(pause), new AbortController().signal);
  await Promise.race([reached.promise, drained.then(() => Promise.reject(new Error('the drain never came there')))]);
  return {
    thaw: async () => {
      isThawed = true;
      thawed.resolve();
      await drained;
    },
  };
}
