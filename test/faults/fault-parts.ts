/** The processes of a service under test: which one is which, and what is done to them. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { ServiceEvent } from '../../service/supervisor/service-event.ts';
import { waitUntil } from '../e2e/wait-until.ts';

export interface FaultParts {
  pidOf(part: string): number;
  /** Kills the part and waits until its successor works; of redis the server itself, behind the process that owns it. */
  killPart(part: string): Promise<void>;
  /** Stops the process where it is; `resume` and the end of the world let it go on. */
  freeze(pid: number): void;
  resume(pid: number): void;
  wake(): void;
  /** Variables the part was started with. */
  environmentOf(part: string): Promise<Readonly<Record<string, string>>>;
}

/** The parts, as the supervisor tells of them. */
export function openFaultParts(events: readonly ServiceEvent[]): FaultParts {
  const frozen = new Set<number>();
  const startsOf = (part: string) =>
    events.flatMap((event) =>
      (event.kind === 'part-started' || event.kind === 'part-restarted') && event.part === part ? [event.pid] : [],
    );
  const pidOf = (part: string) => {
    const pid = startsOf(part).at(-1);
    if (pid === undefined) throw new Error(`no part ${part} among ${JSON.stringify(events)}`);
    return pid;
  };
  const resume = (pid: number) => {
    frozen.delete(pid);
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It was killed, as the test meant it to be.
    }
  };
  return {
    pidOf,
    resume,
    killPart: async (part) => {
      const starts = startsOf(part).length;
      process.kill(part === 'redis' ? childOf(pidOf(part)) : pidOf(part), 'SIGKILL');
      await waitUntil(`${part} is back`, async () => startsOf(part).length > starts);
    },
    freeze: (pid) => {
      frozen.add(pid);
      process.kill(pid, 'SIGSTOP');
    },
    wake: () => {
      for (const pid of frozen) resume(pid);
    },
    environmentOf: async (part) => {
      const lines = (await readFile(`/proc/${pidOf(part)}/environ`, 'utf8')).split('\0');
      return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]));
    },
  };
}

function childOf(pid: number): number {
  return Number(execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).trim());
}
