/** Annotations of a step: notes that the runner shows above the log, of which it takes a few. */

/** One note. */
export interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly title?: string;
  /** Path from the root of the repository. */
  readonly file?: string;
  readonly line?: number;
}

/** Annotations of a step. */
export interface Annotations {
  add(annotation: Annotation): void;
}

/** Most annotations of a kind that a step may have; GitHub drops what comes after them without a word. */
const perKindMax = 10;

/** Annotations that stop in time: the last of a kind says that more are in the log, where they are told anyway. */
export function openAnnotations(runner: { issue(annotation: Annotation): void; say(text: string): void }): Annotations {
  const counts = { error: 0, warning: 0, notice: 0 };
  return {
    add(annotation) {
      const { kind, message, file, line, title } = annotation;
      counts[kind] += 1;
      if (counts[kind] < perKindMax) return runner.issue(annotation);
      if (counts[kind] === perKindMax) {
        runner.issue({ kind, message: `more ${kind}s than GitHub shows: see the log of this step` });
      }
      const place = [file, line].filter((part) => part !== undefined).join(':');
      runner.say([kind, place, title, message].filter((part) => part).join(': '));
    },
  };
}
