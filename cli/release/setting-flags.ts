/** The settings as flags of the command line: made from the table that makes the inputs of the Action. */
import { Option } from 'commander';
import { InputError } from '../../errors/errors.ts';
import type { Setting, SettingKind } from '../../release/settings/setting.ts';
import { settingVariable } from '../../release/settings/setting-variable.ts';
import { settings } from '../../release/settings/settings.ts';

/** The commands that the verb `release` has; those that ask the service are verbs of their own. */
export type ReleaseCommand = 'release' | 'merge' | 'tag';

/** Settings that are neither flags nor variables, and why. */
export const settingsWithoutFlag: Readonly<Record<string, string>> = {
  command: 'the verb says it',
  summary: 'it is a page of GitHub’s; here the terminal is told, unless --quiet is said',
  token: 'the token of a job is taken from where its system leaves it, and --token-file is the service’s',
  'service-audience': 'whoever made the token for the service has chosen its audience',
};

/** The settings that the command takes as flags, in the order of the page. */
export function flagSettings(command: ReleaseCommand): readonly Setting[] {
  return settings.filter(({ name, commands }) => commands.includes(command) && !(name in settingsWithoutFlag));
}

/** One flag of a setting, and what it says about the setting when it is given. */
export interface SettingFlag {
  readonly option: Option;
  /** The text that the value of the flag stands for; of a secret, the path of a file that has it. */
  readonly textOf: (value: unknown) => string;
  readonly isPath: boolean;
}

/** All flags of a setting: the ones that the help shows, and those that go without saying. */
export function flagsOf(setting: Setting): readonly SettingFlag[] {
  if (setting.isSecret) return secretFlags(setting);
  if (setting.kind === 'flag') return switchFlags(setting);
  const { name, kind } = setting;
  const isRepeatable = repeatable.includes(kind);
  const placeholder = name.endsWith('file') ? 'path' : placeholders[kind];
  const option = new Option(
    `--${name} <${placeholder}>`,
    `${describe(setting)}${isRepeatable ? '; may be repeated' : ''}`,
  );
  if (isRepeatable) option.argParser(collect);
  return [{ option, textOf: joined, isPath: false }];
}

const placeholders: Readonly<Record<SettingKind, string>> = {
  text: 'text',
  flag: 'flag',
  choice: 'choice',
  duration: 'time',
  lines: 'entry',
  list: 'list',
  pairs: 'name=value',
  words: 'words',
  yaml: 'yaml',
};

/** What has several entries is said as often as there are entries, or in one text as for the Action. */
const repeatable: readonly SettingKind[] = ['lines', 'list', 'pairs'];

function collect(value: string, before: unknown): readonly string[] {
  return [...(Array.isArray(before) ? before.map(String) : []), value];
}

function joined(value: unknown): string {
  return Array.isArray(value) ? value.join('\n') : String(value);
}

/** On and off. Of a setting that is off when absent the help shows how it is set, of another one both ways. */
function switchFlags(setting: Setting): readonly SettingFlag[] {
  const { name } = setting;
  const isOn = setting.default === 'true';
  const [positive, isNegated] = name.startsWith('no-') ? [name.slice('no-'.length), true] : [name, false];
  const on = new Option(`--${positive}`, describe(setting)).hideHelp(isNegated && !isOn);
  const off = new Option(`--no-${positive}`, describe(setting)).hideHelp(!isNegated);
  if (isOn) on.flags = `--[no-]${positive}`;
  const textOf = (value: unknown) => String((value === true) !== isNegated);
  return [on, off].map((option) => ({ option, textOf, isPath: false }));
}

/** A command line is seen by every user of the machine, and kept by shells and logs: a secret comes by file or variable. */
function secretFlags(setting: Setting): readonly SettingFlag[] {
  const { name } = setting;
  const literal = new Option(`--${name} <value>`).hideHelp().argParser(() => {
    throw secretInWords(name);
  });
  if (variablesOnly.includes(name)) return [{ option: literal, textOf: joined, isPath: true }];
  const where = `file (- is standard input; else ${settingVariable(name)}) with the ${describe(setting)}`;
  const file = new Option(`--${name}-file <path>`, where);
  const flags = [literal, file].map((option) => ({ option, textOf: joined, isPath: true }));
  if (name !== 'password') return flags;
  const input = new Option('--password-stdin', 'the same as --password-file -');
  return [...flags, { option: input, textOf: () => standardInput, isPath: true }];
}

/** Secrets that no flag names: --secrets-file would be taken for --secret-files, which has more to offer. */
export const variablesOnly: readonly string[] = ['secrets'];

/** What stands for the standard input where a path is wanted. */
export const standardInput = '-';

function secretInWords(name: string): InputError {
  const otherwise = variablesOnly.includes(name)
    ? 'name variables and files that have them with --secret-envs and --secret-files'
    : `into a file for --${name}-file, where - is standard input`;
  return new InputError({
    code: 'REQUEST_INVALID',
    message: `a secret on the command line, which others on this machine can read: --${name}`,
    wayOut: `put it into ${settingVariable(name)}, or ${otherwise}`,
  });
}

/** As help texts are here: a phrase, not a sentence. */
function describe({ description, kind, choices, default: preset }: Setting): string {
  const phrase = description
    .replace(/\.$/, '')
    .replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase())
    .replace(/, one a line\b/, '');
  const among = choices === undefined ? [] : [`one of ${choices.join(', ')}`];
  const otherwise = preset === undefined || kind === 'flag' ? [] : [`${preset} when absent`];
  return [phrase, ...among, ...otherwise].join('; ');
}
