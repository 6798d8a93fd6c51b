/** What still runs of something that should have ended, told by a directory of its own. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** `pid command line` of every process that works in the directory, was told of it, or names it on its command line. */
export function leftProcesses(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => tracesOf(pid).some((trace) => trace.includes(directory)))
    .map((pid) => `${pid} ${readTrace(pid, 'cmdline').replaceAll('\0', ' ')}`);
}

/** A program that writes its title over its environment still works in its directory. */
function tracesOf(pid: string): readonly string[] {
  return [readTrace(pid, 'environ'), readTrace(pid, 'cmdline'), readLink(pid, 'cwd')];
}

/** Nothing where the process has ended meanwhile. */
function readTrace(pid: string, name: string): string {
  try {
    return readFileSync(join('/proc', pid, name), 'utf8');
  } catch {
    return '';
  }
}

function readLink(pid: string, name: string): string {
  try {
    return readlinkSync(join('/proc', pid, name));
  } catch {
    return '';
  }
}
