/** Entry of the command line: the one place that touches the process. */
import packageJson from '../package.json' with { type: 'json' };
import type { AskParts } from './ask.ts';
import { runCommandLine } from './command-line.ts';
import { paletteFor, wantsColour } from './render/colour.ts';
import type { Output, Shell } from './shell.ts';

// The global one: as a module it makes lists of all that it could ever be asked, which takes longer than our own files.
const { env, stdin, stdout, stderr } = process;
const interruption = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
}
// A reader that has seen enough (`| head`) is no failure; a demo that nobody watches any more is cleaned up.
for (const stream of [stdout, stderr])
  stream.on('error', () => interruption.abort(new Error('nobody reads the output')));

const unicode = /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');

function openOutput(stream: NodeJS.WriteStream): Output {
  const isTty = stream.isTTY === true;
  const palette = paletteFor(wantsColour(isTty, env));
  return {
    write: (text) => void stream.write(text),
    isTty,
    look: () => ({ palette, unicode, columns: isTty ? stream.columns : undefined }),
  };
}

const terminal = {
  input: stdin,
  output: stderr,
  signal: interruption.signal,
  onInterrupt: () => interruption.abort(),
};

/** Most verbs ask nothing, so what asks is loaded with the first question. */
function askBy(parts: AskParts): NonNullable<Shell['ask']> {
  return async (question) => await (await import('./ask.ts')).openAsk(parts)(question);
}

const shell: Shell = {
  stdout: openOutput(stdout),
  stderr: openOutput(stderr),
  env,
  cwd: process.cwd(),
  nodeVersion: process.versions.node,
  ask: stdin.isTTY && stderr.isTTY ? askBy(terminal) : undefined,
  askSecret: stdin.isTTY && stderr.isTTY ? askBy({ ...terminal, isSecret: true }) : undefined,
  readInput: async () => (await import('./read-input.ts')).readInput(stdin, interruption.signal),
  signal: interruption.signal,
  now: () => Date.now(),
  newId: () => crypto.randomUUID(),
};

const exitCode = await runCommandLine(shell, process.argv.slice(2), packageJson.version);
// Whatever is still open (a kept connection) must not hold the process; the output must be out first.
stdout.write('', () => stderr.write('', () => process.exit(exitCode)));
