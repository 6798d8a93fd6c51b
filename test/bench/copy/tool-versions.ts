/** Which versions ran: a comparison without them cannot be repeated. */
import { delimiter } from 'node:path';
import { cleanEnvironment } from '../../e2e/clean-environment.ts';
import { runToEnd } from '../../e2e/run-program.ts';
import { type Contest, versionLines } from './contestant.ts';

/** The environment in which the programs of the contest are found. */
export function contestEnvironment(
  { toolPath }: Pick<Contest, 'toolPath'>,
  extra: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv {
  return cleanEnvironment({ PATH: [...toolPath, process.env['PATH']].join(delimiter), ...extra });
}

/**
 * The version that each program of the contest tells of itself.
 * @throws Error that names every program that is absent or does not start.
 */
export async function readToolVersions(contest: Contest): Promise<Readonly<Record<string, string>>> {
  const asked: readonly (readonly [string, readonly string[]])[] = [
    ...contest.peers.map((name) => [name, versionLines[name]] as const),
    ['distribution', [contest.registryProgram, '--version']],
    ['time', ['time', '--version']],
  ];
  const env = contestEnvironment(contest);
  const versions = new Map<string, string>();
  const missing: string[] = [];
  for (const [name, [program = '', ...words]] of asked) {
    try {
      const [line = ''] = (await runToEnd(program, words, { env })).split('\n');
      const version = versionIn(line);
      // Debian's GNU time calls its version UNKNOWN.
      if (version !== undefined) versions.set(name, version);
    } catch (error) {
      missing.push(`${name} (${error instanceof Error ? error.message.split('\n', 1)[0] : error})`);
    }
  }
  if (missing.length === 0) return Object.fromEntries(versions);
  throw new Error(`not everything the benchmark compares is here: ${missing.join(', ')}`);
}

/** The version alone, whatever words come before it: `skopeo version 1.9.3`. */
function versionIn(line: string): string | undefined {
  return /(?:^|\s)v?(\d+\.\S+)/.exec(line)?.[1];
}
