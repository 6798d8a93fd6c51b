/** What a process has used so far, by the kernel's own account. */
import { readFile } from 'node:fs/promises';

export interface ProcessAccount {
  /** User and system, all threads. */
  readonly cpuMs: number;
  readonly residentMiB: number;
  /** Most that was resident at once since its start. */
  readonly peakMiB: number;
}

/** On Linux a tick is a hundredth of a second for whoever reads /proc. Spec: proc(5), "/proc/pid/stat". */
const msPerTick = 10;
const kibPerMib = 1024;

/** Positions of "utime" and "stime" counted from "state", the third field. */
const [userField, systemField] = [11, 12];

/** The account of the process, which runs. */
export async function readProcessAccount(pid: number): Promise<ProcessAccount> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[userField]) + Number(fields[systemField]);
  const kibOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return {
    cpuMs: ticks * msPerTick,
    residentMiB: kibOf('VmRSS') / kibPerMib,
    peakMiB: kibOf('VmHWM') / kibPerMib,
  };
}
