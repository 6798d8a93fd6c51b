/** When a process started: its number alone says little, since numbers are used again, in a container even at once. */
import { readFile } from 'node:fs/promises';

/** The moment, as the kernel of Linux tells it. */
export interface ProcessStart {
  /** Id of the boot. */
  readonly boot: string;
  /** Clock ticks from the boot to the start. */
  readonly tick: string;
}

/** Position of "starttime", the 22nd field of /proc/PID/stat, counted from "state", the third. See proc(5). */
const startTimeField = 19;

/** The start of the process; `dead` for one that is not yet buried, undefined where there is none or no /proc. */
export async function readProcessStart(pid: number): Promise<ProcessStart | 'dead' | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything, brackets and spaces included.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? 'dead' : { boot: boot.trim(), tick: fields[startTimeField] ?? '' };
  } catch {
    return undefined;
  }
}
