/** The spine: promote and roll back, on our own registry and on somebody else's. */
import { type RegistryKind, registryKinds } from '../e2e/counted-world.ts';
import { countRequests, type RequestCount } from './count-requests.ts';
import { measureSpeed, type Speed } from './measure-speed.ts';

export interface SpineOfRegistry {
  readonly requests: readonly RequestCount[];
  readonly speed: Speed;
}

export interface Spine {
  readonly registries: Readonly<Record<RegistryKind, SpineOfRegistry>>;
}

/** Measures one registry after the other. */
export async function measureSpine(say: (what: string) => void): Promise<Spine> {
  const measure = async (kind: RegistryKind) => {
    say(`counting requests on ${kind}`);
    const requests = await countRequests(kind);
    say(`measuring speed on ${kind}`);
    return { requests, speed: await measureSpeed(kind) };
  };
  return { registries: { embedded: await measure('embedded'), distribution: await measure('distribution') } };
}

/** Every promise about requests that does not hold, in words. */
export function brokenPromises({ registries }: Spine): readonly string[] {
  return registryKinds.flatMap((kind) =>
    registries[kind].requests.flatMap(({ scenario, untilVisible, movingBlobs, promisedMax }) => {
      if (promisedMax === undefined) return [];
      const many = `${kind}: ${scenario}: ${untilVisible} requests until the tag is visible, promised ${promisedMax}`;
      const moving = `${kind}: ${scenario}: ${movingBlobs} requests move a blob, promised none`;
      return [...(untilVisible > promisedMax ? [many] : []), ...(movingBlobs > 0 ? [moving] : [])];
    }),
  );
}
