/** A failure as an annotation: what happened, its code, and the way out. */
import type { Failure } from './failure.ts';
import type { Runner } from './runner.ts';

/** Tells the failure above the log, and where it is a bug of ours the place in our code below. */
export function annotateFailure(runner: Runner, failure: Failure, kind: 'error' | 'warning' = 'error'): void {
  const { code, title, message, wayOut, stack } = failure;
  runner.annotate({ kind, title, message: `${code}: ${message}\nway out: ${wayOut}` });
  if (stack !== undefined) runner.say(stack);
}
