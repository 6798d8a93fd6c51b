/** Building with docker: its daemon keeps images, so the demo's is removed again. */
import { writeBuildContext } from './build-context.ts';
import { type Builder, type BuildJob, imageName } from './builder.ts';
import { runProgram } from './run-program.ts';

/** Longest time for one command of the tool, in milliseconds; each takes about a second. */
const toolTimeoutMs = 30_000;

/** The builder. */
export const dockerBuilder: Builder = {
  name: 'docker',
  commandsFor: (job) => [`docker build -t ${imageName(job)} .`, `docker push ${imageName(job)}`],
  buildAndPush,
};

async function buildAndPush(job: BuildJob): Promise<void> {
  const { context, auth } = await writeBuildContext(job);
  // The user's own environment: it names the daemon, and the plug-ins are in the home directory.
  const options = { env: job.env, cwd: context, timeoutMs: toolTimeoutMs, signal: job.signal };
  const image = imageName(job);
  await runProgram('docker', ['build', '--network', 'none', '-t', image, '-f', 'Containerfile', '.'], options);
  try {
    await runProgram('docker', ['--config', auth, 'push', image], options);
  } finally {
    const always = { ...options, signal: AbortSignal.timeout(toolTimeoutMs) };
    await runProgram('docker', ['image', 'rm', '--force', image], always).catch(() => undefined);
  }
}
