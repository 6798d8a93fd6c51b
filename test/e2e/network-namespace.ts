/** A network of a test's own with nothing but its loopback: there the ports that people use are free. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface NetworkNamespace {
  /** Words to put before a program and its own words: it runs there, with the same process id. */
  readonly enter: readonly string[];
  close(): Promise<void>;
}

/** An address that is this machine's there, and is not loopback: what container tools trust blindly they do not trust here. */
export const namespaceAddress = '192.0.2.1';

/** Opens one; it lives as long as this process does not close it, and no longer than this process. */
export async function openNetworkNamespace(): Promise<NetworkNamespace> {
  const keep = `busybox ip link set lo up && busybox ip address add ${namespaceAddress}/32 dev lo && echo up && exec cat`;
  const keeper = spawn('unshare', ['--net', 'sh', '-c', keep], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(keeper, 'close');
  const said = await Promise.race([once(keeper.stdout, 'data'), gone]);
  if (String(said[0]).trim() !== 'up') throw new Error('no network namespace could be made: this needs root');
  return {
    enter: ['nsenter', `--net=/proc/${keeper.pid}/ns/net`],
    close: async () => {
      keeper.stdin.end();
      await gone;
    },
  };
}
