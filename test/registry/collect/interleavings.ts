/** Every order in which a few parts can take their steps: each is run anew, with the next choice made otherwise. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A part, as a function of where it takes a step: each step waits until it is the part's turn. */
export type Part = (step: () => Promise<void>) => Promise<void>;

export interface World {
  readonly parts: readonly Part[];
  /** Looks at what became of it. */
  readonly look: () => void;
}

/**
 * Runs the world in every order, and tells how many there are. A part that waits for a lock takes no step until it has
 * it: then it is another's turn.
 */
export async function runEveryOrder(openWorld: () => World): Promise<number> {
  let orders = 0;
  for (let choices: Choice[] | undefined = []; choices !== undefined; choices = nextChoices(choices)) {
    await runOrder(openWorld(), choices);
    orders += 1;
  }
  return orders;
}

interface Choice {
  readonly taken: number;
  readonly of: number;
}

/** Follows the choices as far as they go, then takes the first of what there is, and writes that down. */
async function runOrder({ parts, look }: World, choices: Choice[]): Promise<void> {
  const waiting = new Map<number, () => void>();
  const ended = new Set<number>();
  const running = parts.map(async (part, at) => {
    const step = () => new Promise<void>((go) => waiting.set(at, go));
    await step();
    await part(step);
    ended.add(at);
  });
  for (let taken = 0; ended.size < parts.length; taken += 1) {
    await nextTurn();
    const ready = [...waiting.keys()].sort((one, other) => one - other);
    if (ready.length === 0) break;
    const choice = choices[taken] ?? { taken: 0, of: ready.length };
    choices[taken] = choice;
    const chosen = ready[choice.taken] ?? 0;
    const go = waiting.get(chosen);
    waiting.delete(chosen);
    go?.();
    await nextTurn();
  }
  await Promise.all(running);
  look();
}

/** The same with the last choice that can be made otherwise; undefined when all were. */
function nextChoices(choices: readonly Choice[]): Choice[] | undefined {
  for (let at = choices.length - 1; at >= 0; at -= 1) {
    const choice = choices[at];
    if (choice !== undefined && choice.taken + 1 < choice.of) {
      return [...choices.slice(0, at), { ...choice, taken: choice.taken + 1 }];
    }
  }
  return undefined;
}
