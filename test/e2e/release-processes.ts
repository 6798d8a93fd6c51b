/** Processes that release, each started once and told what to do next. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanEnvironment } from './clean-environment.ts';
import type { ReleaseAnswer, ReleaseJob } from './releasing/main.ts';

export interface ReleaseProcess {
  /** Resolves with the next answer of the process. */
  release(job: ReleaseJob): Promise<ReleaseAnswer>;
  /** Ends it without warning. */
  kill(): Promise<void>;
}

/** A process that signs in with the token; anonymous without. */
export function startReleaseProcess(token?: string): ReleaseProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'releasing', 'main.ts')], {
    env: cleanEnvironment(token === undefined ? {} : { RELEASE_TOKEN: token }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async release(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the process ended: ${said}`);
      return JSON.parse(value);
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
