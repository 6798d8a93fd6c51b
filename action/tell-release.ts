/** What became of a release, told in every way a runner has: outputs, annotations, log and summary. */
import { relative, resolve } from 'node:path';
import { outputsOf } from '../release/outputs/outputs-of.ts';
import { withoutSecrets } from '../release/outputs/without-secrets.ts';
import { placeName } from '../release/places/place-name.ts';
import type { ReleaseOutcome } from '../release/release-outcome.ts';
import { verdictOf } from '../release/release-verdict.ts';
import { annotateFailure } from './annotate-failure.ts';
import { failureWith } from './failure.ts';
import type { Runner } from './runner.ts';
import type { StepResult } from './step-result.ts';
import { renderReleaseSummary } from './summary/release-summary.ts';

/** What is told besides the outcome. */
export interface Telling {
  readonly actor: string | undefined;
  readonly summary: boolean;
}

/** Tells it; the step fails when a required repository did. */
export async function tellRelease(runner: Runner, told: ReleaseOutcome, how: Telling): Promise<StepResult> {
  const outcome = withoutSecrets(told, runner.hide);
  for (const [name, value] of outputsOf(outcome)) runner.output(name, value);
  tellWarnings(runner, outcome);
  tellFailures(runner, outcome);
  const isFailed = verdictOf(outcome) === 'failed';
  if (how.summary) await runner.summarize(renderReleaseSummary(outcome, { actor: how.actor, isFailed }));
  return isFailed ? 'failed' : 'passed';
}

function tellWarnings(runner: Runner, { warnings, origin }: ReleaseOutcome): void {
  for (const { code, message } of warnings) runner.annotate({ kind: 'warning', title: code, message });
  if (origin.kind !== 'built') return;
  for (const { message, url, file, line } of origin.warnings) {
    runner.annotate({
      kind: 'warning',
      title: `Warning of ${origin.builder}`,
      message: url === undefined ? message : `${message}\n${url}`,
      ...(file === undefined ? {} : { file: fromRoot(runner, file) }),
      ...(line === undefined ? {} : { line }),
    });
  }
}

/** GitHub shows an annotation at a line of a file whose path is from the root of the repository. */
function fromRoot(runner: Runner, file: string): string {
  return relative(runner.cwd, resolve(runner.cwd, file)).replaceAll('\\', '/');
}

function tellFailures(runner: Runner, { places }: ReleaseOutcome): void {
  for (const { place, error } of places) {
    if (error === undefined) continue;
    const failure = failureWith({ ...error, message: `${placeName(place)}: ${error.message}` });
    annotateFailure(runner, failure, place.isRequired ? 'error' : 'warning');
  }
}
