/** A wire in a process of its own, so that what is measured shares no event loop with it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../../e2e/clean-environment.ts';
import type { WireCount } from './wire/open-wire.ts';

const entry = fileURLToPath(new URL('./wire/main.ts', import.meta.url));

export interface WireProcess {
  readonly url: string;
  /** What went over it since the last time. */
  take(): Promise<WireCount>;
  close(): Promise<void>;
}

/** Starts it on a free port of loopback, in front of the registry. */
export async function openWireProcess(upstreamUrl: string, latencyMs: number): Promise<WireProcess> {
  const child = fork(entry, [new URL(upstreamUrl).port, String(latencyMs)], { env: cleanEnvironment(), execArgv: [] });
  const gone = once(child, 'exit');
  const answer = async () => {
    const [message] = await Promise.race([once(child, 'message'), gone.then(() => Promise.reject(lost(upstreamUrl)))]);
    return message;
  };
  const { port } = await answer();
  return {
    url: `http://127.0.0.1:${port}`,
    take: async () => {
      child.send('take');
      return await answer();
    },
    close: async () => {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

function lost(upstreamUrl: string): Error {
  return new Error(`the wire to ${upstreamUrl} ended by itself`);
}
