/** `npm run bench -- NAME`: measures, prints a table of ratios, and keeps the numbers in bench/results. */
import process from 'node:process';
import { actionUsage, parseActionFlags } from './action/action-flags.ts';
import { runActionBench } from './action/run-action-bench.ts';
import type { BenchOutput } from './bench-output.ts';
import { copyUsage, parseBenchFlags } from './copy/bench-flags.ts';
import { runCopyBench } from './copy/run-copy-bench.ts';
import { parseRegistryFlags, registryUsage } from './registry/registry-flags.ts';
import { runRegistryBench } from './registry/run-registry-bench.ts';
import { runSpineBench } from './run-spine-bench.ts';

const [name = '', ...words] = process.argv.slice(2);
const out: BenchOutput = {
  say: (line) => process.stderr.write(`${line}\n`),
  print: (text) => process.stdout.write(text),
};
const measure = parseWords();
process.exitCode = measure === undefined ? 2 : await measure();

/** The benchmark that is asked for; undefined, and told why, when there is none such. */
function parseWords(): (() => Promise<number>) | undefined {
  try {
    if (name === 'spine' && words.length === 0) return () => runSpineBench(out);
    if (name === 'copy') {
      const flags = parseBenchFlags(words);
      return () => runCopyBench(out, flags);
    }
    if (name === 'action') {
      const flags = parseActionFlags(words);
      return () => runActionBench(out, flags);
    }
    if (name === 'registry') {
      const flags = parseRegistryFlags(words);
      return () => runRegistryBench(out, flags);
    }
    throw new Error(`unknown benchmark: ${[name, ...words].join(' ')}`);
  } catch (error) {
    out.say(
      `${error instanceof Error ? error.message : error}\nusage: npm run bench -- spine | ${copyUsage} | ${actionUsage} | ${registryUsage}`,
    );
    return undefined;
  }
}
