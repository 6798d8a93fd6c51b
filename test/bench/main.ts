/** `npm run bench -- NAME`: measures, prints a table of ratios, and keeps the numbers in bench/results. */
import process from 'node:process';
import { runCopyBench } from './copy/run-copy-bench.ts';
import { runSpineBench } from './run-spine-bench.ts';

const usage = 'usage: npm run bench -- spine | copy [--quick]\n';

const [name = '', ...flags] = process.argv.slice(2);
const out = {
  say: (line: string) => process.stderr.write(`${line}\n`),
  print: (text: string) => process.stdout.write(text),
};
if (name === 'spine' && flags.length === 0) {
  process.exitCode = await runSpineBench(out);
} else if (name === 'copy' && flags.every((flag) => flag === '--quick')) {
  process.exitCode = await runCopyBench(out, { quick: flags.length > 0 });
} else {
  process.stderr.write(`unknown benchmark: ${[name, ...flags].join(' ')}\n${usage}`);
  process.exitCode = 2;
}
