/** A process that takes the lock it is told, says what came of it, and holds it until its input ends. */
import { acquireProcessLock } from '../../../../registry/disk/lock/process-lock.ts';

const [path = '', beatMs = ''] = process.argv.slice(2);

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const outcome = await acquireProcessLock(path, {
  timing: { beatMs: Number(beatMs) },
  onAwaited: ({ holder }) => tell({ awaited: holder.host }),
  onLost: () => tell({ lost: true }),
});
tell(outcome.acquired ? { acquired: true } : { heldOn: outcome.holder.host });
if (outcome.acquired) process.stdin.on('end', () => void outcome.release()).resume();
