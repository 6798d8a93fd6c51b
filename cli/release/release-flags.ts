/** The flags of `release`, `release merge` and `release tag`. */
import type { Command } from 'commander';
import { InputError } from '../../errors/errors.ts';
import { settingGroups } from '../../release/settings/setting.ts';
import { withJson } from '../verbs/flags.ts';
import { flagSettings, flagsOf, type ReleaseCommand } from './setting-flags.ts';

/** What was written on the command line. */
export interface ReleaseFlags {
  /** Settings by name, as text. */
  readonly texts: ReadonlyMap<string, string>;
  /** Paths of the files that hold secret settings, by the name of the setting. */
  readonly secretFiles: ReadonlyMap<string, string>;
  readonly outputFile: string | undefined;
  readonly outputFormat: string | undefined;
  readonly tokenFile: string | undefined;
  readonly data: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Adds the flags to the verb. */
export function addReleaseFlags(verb: Command, command: ReleaseCommand): void {
  for (const { name, title } of settingGroups) {
    verb.optionsGroup(`${title}:`);
    for (const setting of flagSettings(command)) {
      if (setting.group === name) for (const { option } of flagsOf(setting)) verb.addOption(option);
    }
  }
  verb
    .option('--token-file <path>', 'file with the token for the service (else REGISTRY_ACTION_TOKEN)')
    .option('--data <directory>', 'data directory of a service here, to sign in to it and to its registry')
    .optionsGroup('Output:')
    .option('--output-file <path>', 'writes the outputs there: JSON where the name ends in .json, NAME=value in .env')
    .option('--output-format <format>', 'env or json, whatever the file is called')
    .option('-y, --yes', 'do not ask; nobody is asked where there is no terminal', false)
    .option('-q, --quiet', 'print the references alone, and what the builder says only when it fails', false);
  withJson(verb);
}

/**
 * What the command line of the verb says.
 * @throws InputError REQUEST_INVALID for flags before the name of a verb below `release`, which would be lost.
 */
export function readReleaseFlags(verb: Command, command: ReleaseCommand): ReleaseFlags {
  assertNoFlagsAbove(verb, command);
  const texts = new Map<string, string>();
  const secretFiles = new Map<string, string>();
  for (const setting of flagSettings(command)) {
    for (const { option, textOf, isPath } of flagsOf(setting)) {
      const name = option.attributeName();
      if (verb.getOptionValueSource(name) !== 'cli') continue;
      (isPath ? secretFiles : texts).set(setting.name, textOf(verb.getOptionValue(name)));
    }
  }
  const text = (name: string): string | undefined => {
    const value: unknown = verb.getOptionValue(name);
    return typeof value === 'string' ? value : undefined;
  };
  const isSaid = (name: string) => verb.getOptionValue(name) === true;
  return {
    texts,
    secretFiles,
    outputFile: text('outputFile'),
    outputFormat: text('outputFormat'),
    tokenFile: text('tokenFile'),
    data: text('data'),
    yes: isSaid('yes'),
    json: isSaid('json'),
    quiet: isSaid('quiet'),
  };
}

/** A --dry-run that is read and not heeded would be the worst of flags. */
function assertNoFlagsAbove(verb: Command, command: ReleaseCommand): void {
  const { parent } = verb;
  if (command === 'release' || parent === null) return;
  const lost = parent.options.find((option) => parent.getOptionValueSource(option.attributeName()) === 'cli');
  if (lost === undefined) return;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `a flag before the verb that it is meant for: ${lost.long}`,
    wayOut: `write it behind: registry-action release ${command} ${lost.long}`,
  });
}
