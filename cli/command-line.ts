/** The command line: its verbs, their positionals and flags, and what its own mistakes cost. */
import { Command, CommanderError } from 'commander';
import { InputError } from '../errors/errors.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { reportFailure } from './report-failure.ts';
import type { RunVerb } from './run-verb.ts';
import type { Shell } from './shell.ts';
import { addVerbs } from './verbs/verb-groups.ts';

/** Parses the words after the program's name, runs what they ask for, reports what is thrown. */
export async function runCommandLine(shell: Shell, words: readonly string[], version: string): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  let json = namesJson(words);
  const run: RunVerb = async (verb) => {
    exitCode = await verb(shell);
  };
  const program = await buildProgram(shell, version, run, words[0]);
  if (words.includes('release')) await (await import('./verbs/release-verb.ts')).addReleaseDetails(program);
  program.hook('preAction', (_, verb) => {
    json = verb.getOptionValue('json') === true;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(shell, error, { json });
    if (error.exitCode === 0) return exitCodes.done;
    // Without a verb the help has been printed already.
    if (error.code === 'commander.help') return exitCodes.input;
    return reportFailure(shell, usageError(error, program, words), { json });
  }
}

/** Whether a command line that cannot be understood asks for JSON; of one that can, the parsed flags tell. */
function namesJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).includes('--json');
}

/** The program with all its verbs, or those beside the `first` word; `run` is given what a command line asks for. */
export async function buildProgram(shell: Shell, version: string, run: RunVerb, first?: string): Promise<Command> {
  const program = new Command('registry-action')
    .description(
      'Takes a container image from a commit to production and back: promote by digest, roll back in one command.',
    )
    .version(version, '-V, --version', 'print the version')
    // Otherwise `promote web staging --version 1.2.3` would print our version and change nothing.
    .enablePositionalOptions()
    .helpCommand(true)
    .showSuggestionAfterError(true)
    .addHelpText('after', epilogue);
  await addVerbs(program, run, first);
  for (const command of withSubcommands(program)) {
    // Defaults are in the descriptions, in words; that a flag is off when absent goes without saying.
    command.configureHelp({ optionDescription: (option) => option.description });
    command.exitOverride().configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      // Told by reportFailure, in the form of all errors.
      outputError: () => undefined,
      getOutHelpWidth: () => shell.stdout.look().columns ?? 100,
      getErrHelpWidth: () => shell.stderr.look().columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  }
  return program;
}

/** The command and all below it: commander does not inherit settings to commands made before them. */
function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap((child) => withSubcommands(child))];
}

function usageError(error: CommanderError, program: Command, words: readonly string[]): InputError {
  const help = ['registry-action', ...verbNamed(program, words), '--help'].join(' ');
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\)$/, '; did you mean $1')
    .replace(/\.$/, '')
    // What stands behind = may be a secret whose flag is mistyped.
    .replace(/^(unknown option '--[^'=]*)=.*'/is, "$1'");
  return new InputError({
    code: 'REQUEST_INVALID',
    message: message.charAt(0).toLowerCase() + message.slice(1),
    wayOut: `see ${help}`,
  });
}

/** The words that name a verb and those below it, as far as there are such. */
function verbNamed(command: Command, [word, ...rest]: readonly string[]): readonly string[] {
  const verb = command.commands.find((child) => child.name() === word);
  return verb === undefined ? [] : [verb.name(), ...verbNamed(verb, rest)];
}

const epilogue = `
Exit codes:
  0 done or already so     5 conflict, look again     10 refused by policy
  2 bad input              6 registry's error         11 partly done
  3 not allowed            7 no answer                12 still going on after --timeout
  4 not there              8 bytes do not match       13 cancelled or superseded
                           70 a bug of ours           130 interrupted

Environment:
  REGISTRY_ACTION_URL     address of the service (http://127.0.0.1:7420)
  REGISTRY_ACTION_TOKEN   token for it; on the same machine the one that serve left is found
  REGISTRY_ACTION_DATA    data directory (.registry-action)
  REGISTRY_ACTION_CONFIG  configuration file (none: the embedded registry)
  REDIS_URL               a Redis of your own (none: a private one)
  REGISTRY_ACTION_…       settings of release, such as REGISTRY_ACTION_IMAGES
  NO_COLOR                no colours
`;
