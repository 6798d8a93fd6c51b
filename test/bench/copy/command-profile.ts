/** Where the time of one run of our command goes. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from '../../e2e/run-program.ts';
import { type CopyOrder, commandLines } from './contestant.ts';
import { type ProfileLine, profileLines } from './engine/profile-lines.ts';

/** Runs it under Node's own profiler, as the process that people start. */
export async function profileCommand(
  order: CopyOrder,
  where: { readonly env: NodeJS.ProcessEnv; readonly directory: string },
): Promise<readonly ProfileLine[]> {
  const directory = await mkdtemp(join(where.directory, 'profile-'));
  try {
    const [node = '', ...words] = commandLines.command(order);
    const options = { env: where.env, cwd: where.directory };
    await runToEnd(node, ['--cpu-prof', `--cpu-prof-dir=${directory}`, ...words], options);
    const [name] = (await readdir(directory)).filter((file) => file.endsWith('.cpuprofile'));
    if (name === undefined) throw new Error('the command left no profile');
    return profileLines(JSON.parse(await readFile(join(directory, name), 'utf8')));
  } finally {
    await rm(directory, { recursive: true });
  }
}
