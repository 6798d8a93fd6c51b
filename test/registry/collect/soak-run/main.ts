/** `npm run soak`: the soak for half a million requests, in parts of their own seeds; `-- --operations N --seed S` for others. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runSoak } from '../soak.ts';

/** Requests of one part: each begins with an empty registry and ends with a look at what is left. */
const operationsPerPart = 50_000;

/** The slowest machine it was tried on, with room to spare: after this it ends, however far it is. */
const longestMs = 60 * 60 * 1000;

const { values } = parseArgs({
  options: { operations: { type: 'string', default: '500000' }, seed: { type: 'string' } },
});
const wanted = Number(values.operations);
const begin = performance.now();
let seed = Number(values.seed ?? randomInt(2 ** 31));
let done = 0;

while (done < wanted && performance.now() - begin < longestMs) {
  const operations = Math.min(operationsPerPart, wanted - done);
  const partBegin = performance.now();
  const result = await runSoak({ seed, operations });
  done += result.operations;
  const seconds = Math.round((performance.now() - partBegin) / 1000);
  process.stdout.write(`${JSON.stringify({ seed, done, seconds, ...result })}\n`);
  if (result.violation !== undefined) process.exit(1);
  seed += 1;
}

const minutes = Math.round((performance.now() - begin) / 6_000) / 10;
process.stdout.write(`${done} of ${wanted} requests in ${minutes} minutes, and no client was failed\n`);
if (done < wanted) process.exit(1);
