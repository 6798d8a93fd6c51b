/** Counts what this process asks of the file system by its threads: it takes as often whatever the machine is at. */
import { createHook } from 'node:async_hooks';

const kinds = ['FSREQPROMISE', 'FSREQCALLBACK', 'DIRHANDLE'];

/** How many requests to the file system the work made, with what came of it. */
export async function countFileRequests<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly count: number; readonly result: Result }> {
  let count = 0;
  const hook = createHook({
    init(_id, kind) {
      if (kinds.includes(kind)) count += 1;
    },
  });
  hook.enable();
  try {
    const result = await work();
    return { count, result };
  } finally {
    hook.disable();
  }
}
