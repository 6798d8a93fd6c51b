/** The registry's own pace: manifests put by tag, with nothing of ours in between. */
import { Pool } from 'undici';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import type { CountedWorld } from '../e2e/counted-world.ts';

export interface RegistryPace {
  /** Puts one manifest, which the registry has, under a new tag of each app's repository; answers how long all of them took. */
  putEverywhere(round: string): Promise<number>;
  /** Puts it under new tags of one repository, one after the other; answers how long each took. */
  putInTurn(count: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Writes at the same time: as many as one worker has lanes in work. */
const concurrency = 16;

/** Through the same proxy as the promotions, so that it slows both alike. */
export async function openRegistryPace(world: CountedWorld): Promise<RegistryPace> {
  const pool = new Pool(world.proxy.url, { connections: concurrency });
  const headers = world.authorization === undefined ? {} : { authorization: world.authorization };
  const [firstApp = ''] = world.apps;
  const path = (app: string, name: string) => `/v2/staging/${app}/manifests/${name}`;
  const answer = await pool.request({
    method: 'GET',
    path: path(firstApp, world.digests['1.0.0']),
    headers: { ...headers, accept: mediaTypes.ociManifest },
  });
  const manifest = Buffer.from(await answer.body.arrayBuffer());
  const put = async (app: string, tag: string) => {
    const { statusCode, body } = await pool.request({
      method: 'PUT',
      path: path(app, tag),
      headers: { ...headers, 'content-type': mediaTypes.ociManifest },
      body: manifest,
    });
    await body.dump();
    if (statusCode !== 201) throw new Error(`PUT ${path(app, tag)}: ${statusCode}`);
  };
  return {
    putEverywhere: async (round) => {
      const began = performance.now();
      await Promise.all(world.apps.map((app) => put(app, `pace-${round}`)));
      return performance.now() - began;
    },
    putInTurn: async (count) => {
      const times: number[] = [];
      for (let index = 0; index < count; index += 1) {
        const began = performance.now();
        await put(firstApp, `pace-in-turn-${index}`);
        times.push(performance.now() - began);
      }
      return times;
    },
    close: () => pool.close(),
  };
}
