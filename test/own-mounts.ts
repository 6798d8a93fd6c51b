/** A command where file systems can be mounted that nobody else sees, and that go with it: small disks, unreadable files. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The words by which the command runs there, with the id of the process that is started, after lines of shell that mount.
 * The first of them that fails ends it.
 */
export function inOwnMounts(prepare: string, command: readonly [string, ...string[]]): [string, ...string[]] {
  const script = `${prepare}\nexec "$@"`;
  return ['unshare', '--map-root-user', '--mount', 'sh', '-ec', script, 'sh', ...command];
}

/** How the command ended there; without one, how the lines of shell did. */
export function runInOwnMounts(prepare: string, command: readonly [string, ...string[]] = ['true']): Promise<Ended> {
  const [program, ...words] = inOwnMounts(prepare, command);
  return new Promise((resolve) => {
    execFile(program, words, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Runs one more command where the process of this id runs. @throws when it fails. */
export async function enterOwnMounts(pid: number, command: readonly string[]): Promise<void> {
  const enter = ['--target', String(pid), '--user', '--mount', '--preserve-credentials'];
  await promisify(execFile)('nsenter', [...enter, ...command]);
}
