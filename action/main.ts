/** Entry of the Action, and the one place that touches the process. The runner starts it again when the job is over. */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import process from 'node:process';
import { failedExitCode } from './failure.ts';
import { runStep } from './run-step.ts';
import { openRunner } from './runner.ts';
import { removeLeftDirectory } from './step-directory.ts';
import type { StepResult } from './step-result.ts';

const { env } = process;
const cancellation = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => cancellation.abort(new Error(`the job was cancelled (${signal})`)));
}

const runner = openRunner({
  env,
  cwd: env['GITHUB_WORKSPACE'] || process.cwd(),
  temporary: env['RUNNER_TEMP'] || tmpdir(),
  signal: cancellation.signal,
  now: () => Date.now(),
  newId: () => randomUUID(),
});

/** Does what the inputs say. The state tells the second start of this file that it is the post part. */
async function main(): Promise<StepResult> {
  runner.saveState('main', 'started');
  return await runStep(runner);
}

/** Removes what a main part left that was killed; nobody is told of what cannot be helped any more. */
async function post(): Promise<StepResult> {
  await removeLeftDirectory(runner).catch((error: unknown) => runner.whisper(String(error)));
  return 'passed';
}

function end(exitCode: number): void {
  // Whatever is still open must not hold the job; the log must be out first.
  process.stdout.write('', () => process.exit(exitCode));
}

(runner.state('main') === '' ? main() : post()).then(
  (result) => end(result === 'passed' ? 0 : failedExitCode),
  (error: unknown) => {
    process.stderr.write(`${runner.hide(String(error))}\n`);
    end(failedExitCode);
  },
);
