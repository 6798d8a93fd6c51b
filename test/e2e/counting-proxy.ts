/** A proxy in front of a registry, in a process of its own: counts from outside what we ask of a registry. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './clean-environment.ts';
import type { SeenRequest } from './registry-proxy.ts';
import { waitUntil } from './wait-until.ts';

const entry = fileURLToPath(new URL('./counting-proxy/main.ts', import.meta.url));

export interface CountingProxy {
  readonly url: string;
  /** What went through since the last time, in the order of the answers. */
  take(): Promise<readonly SeenRequest[]>;
  /** Everything since the last time, once nothing has come for a while. */
  takeWhenQuiet(): Promise<readonly SeenRequest[]>;
  close(): Promise<void>;
}

/** Looks, some 25 ms apart, that must find nothing new before it counts as quiet. */
const quietLooks = 30;

/** Starts it on a free port. */
export async function openCountingProxy(upstream: string): Promise<CountingProxy> {
  const child = fork(entry, [upstream], { env: cleanEnvironment() });
  const gone = once(child, 'exit');
  const [{ url }] = await once(child, 'message');
  const take = async (): Promise<readonly SeenRequest[]> => {
    child.send('take');
    const [{ seen }] = await once(child, 'message');
    return seen;
  };
  return {
    url,
    take,
    takeWhenQuiet: async () => {
      const all: SeenRequest[] = [];
      let silent = 0;
      await waitUntil('nothing more goes through', async () => {
        const some = await take();
        all.push(...some);
        silent = some.length === 0 ? silent + 1 : 0;
        return silent >= quietLooks;
      });
      return all;
    },
    close: async () => {
      child.disconnect();
      await gone;
    },
  };
}
