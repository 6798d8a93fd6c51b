/** Container tools that answer what they are told to, on a PATH of their own: what a machine has is for the test to say. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFiles } from './test-directory.ts';

export interface FakeTools {
  /** Value of PATH: these tools and nothing else. */
  readonly path: string;
  /** The words that all of them were called with so far, one a line. */
  calledWith(): Promise<string>;
}

/**
 * Writes the tools below the directory. Each is a shell script that gets its words as `$*` in `$words`, after they were
 * written down.
 */
export async function openFakeTools(directory: string, scripts: Readonly<Record<string, string>>): Promise<FakeTools> {
  const log = join(directory, 'called');
  const programs = Object.entries(scripts).map(([name, script]) => {
    const program = `#!/bin/sh\nwords="$*"\nPATH=/usr/bin:/bin\nprintf '%s\\n' ${name} "$@" >> '${log}'\n${script}\n`;
    return [`bin/${name}`, { program }] as const;
  });
  await writeFiles(directory, Object.fromEntries(programs));
  return { path: join(directory, 'bin'), calledWith: () => readFile(log, 'utf8') };
}

/** What `docker buildx inspect` writes of an instance. */
export function inspected(driver: string, status = 'running', endpoints = 1): string {
  const node = `Name: n0\\nEndpoint: unix:///n0\\nStatus: ${status}\\nBuildKit version: v0.34.2\\nPlatforms: linux/amd64\\n`;
  return `Name:          it\\nDriver:        ${driver}\\n\\nNodes:\\n${node.repeat(endpoints)}`;
}

/** A docker with that instance of buildx, a daemon, and the storage that the daemon says it has. */
export function dockerScript(given: {
  buildx?: string;
  daemon?: boolean;
  storage?: string;
  otherwise?: string;
}): string {
  const { buildx, daemon = false, storage = '[["Backing Filesystem","extfs"]]', otherwise = 'exit 1' } = given;
  return [
    'case "$words" in',
    buildx === undefined
      ? `'buildx inspect'*) echo "docker: 'buildx' is not a docker command." >&2; exit 1;;`
      : `'buildx inspect'*) printf '${buildx}';;`,
    `'version'*) ${daemon ? 'echo 28.0.0' : 'echo "Cannot connect to the Docker daemon" >&2; exit 1'};;`,
    `'info'*) echo '${storage}';;`,
    `*) ${otherwise};;`,
    'esac',
  ].join('\n');
}
