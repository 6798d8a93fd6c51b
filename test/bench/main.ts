/** `npm run bench -- NAME`: measures, prints a table of ratios, and keeps the numbers in bench/results. */
import process from 'node:process';
import { describeMachine } from './machine.ts';
import { renderSpine } from './render-spine.ts';
import { brokenPromises, measureSpine } from './spine.ts';
import { writeResults } from './write-results.ts';

const [name = ''] = process.argv.slice(2);
if (name !== 'spine') {
  process.stderr.write(`unknown benchmark: ${name}\nusage: npm run bench -- spine\n`);
  process.exit(2);
}

const began = new Date();
const spine = await measureSpine((what) => process.stderr.write(`${what}\n`));
process.stdout.write(renderSpine(spine));
const path = await writeResults(name, { machine: describeMachine(began), ...spine });
process.stderr.write(`written: ${path}\n`);

const broken = brokenPromises(spine);
for (const promise of broken) process.stderr.write(`broken: ${promise}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
