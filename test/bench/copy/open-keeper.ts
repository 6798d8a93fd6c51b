/** A directory that is removed, and processes that are ended, even when the measurement is killed. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../../e2e/clean-environment.ts';

/** What the keeper is told of a process. */
export interface KeeperOrder {
  readonly kind: 'watch' | 'forget';
  readonly pid: number;
}

export interface Keeper {
  readonly directory: string;
  /** Has the process ended with this one, if it has not ended before. */
  watch(pid: number): void;
  /** To be called when the process has ended: another one may get its number. */
  forget(pid: number): void;
  /** Resolves when the directory is gone. */
  close(): Promise<void>;
}

const entry = fileURLToPath(new URL('./keeper/main.ts', import.meta.url));

/** Makes a directory below the one that is named. */
export async function openKeeper(parentDirectory: string): Promise<Keeper> {
  const child = fork(entry, [parentDirectory], { env: cleanEnvironment(), execArgv: [] });
  const gone = once(child, 'exit');
  const lost = () => Promise.reject(new Error(`no directory could be made in ${parentDirectory}`));
  const [{ directory }] = await Promise.race([once(child, 'message'), gone.then(lost)]);
  const tell = (order: KeeperOrder) => child.send(order);
  return {
    directory,
    watch: (pid) => tell({ kind: 'watch', pid }),
    forget: (pid) => tell({ kind: 'forget', pid }),
    close: async () => {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}
