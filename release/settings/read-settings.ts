/** From what was written to the settings of one run. */
import { nearestName } from '../../core/nearest-name.ts';
import { parsePairs } from './parse-entries.ts';
import { assertReadable, parseChoice, parseDurationMs, parseFlag, parseList } from './parse-setting.ts';
import { type CommandName, commandNames, type Setting } from './setting.ts';
import { collectFaults, type SettingFault, type SettingFaults } from './setting-faults.ts';
import type { SettingNotice } from './setting-notice.ts';
import type { SettingValues } from './setting-values.ts';
import { findSetting, parseChoices, settings } from './settings.ts';

/** Names by which other actions know what is here, and what it is here. */
const foreignNames: ReadonlyMap<string, string> = new Map([
  ['archs', 'platforms'],
  ['containerfile', 'file'],
  ['containerfiles', 'file'],
  ['dockerfile', 'file'],
  ['dockerfiles', 'file'],
  ['flavor', 'latest'],
  ['image', 'images'],
  ['image-name', 'images'],
  ['outputs', 'push or load'],
  ['registry', 'images, which names registry and repository'],
  ['repository', 'images, which names registry and repository'],
  ['tags', 'version, from which the tags come, or extra-tags'],
]);

/**
 * The settings by what was written for them, as name and text; an empty text counts as not written. What cannot be read
 * is in the faults and has its default; a setting that the command does not use is noticed and left out.
 * @throws InputError SETTING_INVALID at once when the command itself is none.
 */
export function readSettings(written: ReadonlyMap<string, string>): SettingValues {
  const faults = collectFaults();
  const command = readCommand(written.get('command'), faults);
  const notices: SettingNotice[] = [];
  const texts = new Map<string, string>();
  for (const [name, untrimmed] of written) {
    const text = untrimmed.trim();
    if (text === '') continue;
    const setting = findSetting(name);
    if (setting === undefined) faults.add(unknownSetting(name));
    else if (!setting.commands.includes(command)) notices.push(...noticeUnused(setting, text, command));
    else if (isReadable(setting, text, faults)) texts.set(name, text);
  }
  return settingValues(command, texts, { faults, notices });
}

function settingValues(
  command: CommandName,
  texts: ReadonlyMap<string, string>,
  found: Pick<SettingValues, 'faults' | 'notices'>,
): SettingValues {
  const textOf = (name: string): string | undefined => texts.get(name) ?? findSetting(name)?.default;
  return {
    command,
    ...found,
    isGiven: (name) => texts.has(name),
    text: textOf,
    flag: (name) => parseFlag(textOf(name) ?? 'false'),
    choice: (name) => parseChoice(textOf(name) ?? '', parseChoices(name)),
    list: (name) => {
      const kind = findSetting(name)?.kind;
      return kind === 'lines' || kind === 'list' || kind === 'words' ? parseList(kind, textOf(name) ?? '') : [];
    },
    pairs: (name) => parsePairs(textOf(name) ?? ''),
    durationMs: (name) => parseDurationMs(textOf(name) ?? '0'),
  };
}

function readCommand(text: string | undefined, faults: SettingFaults): CommandName {
  const value = text?.trim() || 'release';
  const command = faults.attempt({ setting: 'command', value }, () => parseChoice(value, commandNames), 'release');
  faults.assertNone();
  return command;
}

function isReadable(setting: Setting, text: string, faults: SettingFaults): boolean {
  const value = setting.isSecret ? undefined : text;
  const parse = (): boolean => {
    assertReadable(setting, text);
    return true;
  };
  return faults.attempt({ setting: setting.name, value }, parse, false);
}

function unknownSetting(name: string): SettingFault {
  const foreign = foreignNames.get(name);
  const nearest = nearestName(
    name,
    settings.map((setting) => setting.name),
  );
  const wayOut = foreign === undefined ? nearest && `did you mean ${nearest}` : `write ${foreign}`;
  return {
    setting: name,
    // It may be a secret under a name that is mistyped.
    value: undefined,
    message: 'there is no such setting',
    wayOut: wayOut ?? 'leave it out',
  };
}

/** Runners hand over the defaults of all inputs: only what somebody chose is worth a word. */
function noticeUnused(setting: Setting, text: string, command: CommandName): readonly SettingNotice[] {
  if (text === setting.default || setting.githubDefault !== undefined) return [];
  return [{ code: 'setting-unused', message: `${command} does not use ${setting.name}` }];
}
