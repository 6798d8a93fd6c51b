/** What a setting is: one word that the Action knows as an input and the command line as a flag. */

/** What can be asked for; `release` when nothing is said. */
export const commandNames = ['release', 'merge', 'tag', 'promote', 'rollback', 'status', 'chat'] as const;

export type CommandName = (typeof commandNames)[number];

/** One setting, as its readers, the page of the Action, the README and the flags of the command line need it. */
export interface Setting {
  /** In kebab-case: `build-args`. */
  readonly name: string;
  readonly kind: SettingKind;
  /** What a `choice` chooses from. */
  readonly choices?: readonly string[];
  /** As somebody would write it; absent where nothing is meant by leaving the setting out. */
  readonly default?: string;
  /** Default in action.yml alone: an expression of GitHub's, without its braces. */
  readonly githubDefault?: string;
  /** One sentence. */
  readonly description: string;
  readonly commands: readonly CommandName[];
  readonly group: SettingGroup;
  /** The value, or a part of it, must not be shown: it is masked before anything is printed. */
  readonly isSecret?: true;
}

/** How the text of a setting is read. */
export type SettingKind =
  /** As it stands, without space around it. */
  | 'text'
  /** true or false, in the three spellings that YAML 1.2 has. */
  | 'flag'
  | 'choice'
  /** A number and a unit: `90s`, `10m`, `1h`; a bare number is seconds. */
  | 'duration'
  /** One entry a line; lines that begin with `#` are left out. */
  | 'lines'
  /** Like `lines`, and a comma ends an entry too; one with a comma in it stands in double quotes. */
  | 'list'
  /** `name=value`, one a line; in double quotes an entry may go over several lines. */
  | 'pairs'
  /** A JSON array of texts, or words with space between them. */
  | 'words'
  /** A text that another grammar reads: YAML. */
  | 'yaml';

/** Where a setting stands on the page. */
export type SettingGroup = (typeof settingGroups)[number]['name'];

/** The groups, in the order of the page. */
export const settingGroups = [
  { name: 'what', title: 'What is released, and where to' },
  { name: 'build', title: 'How the image is built' },
  { name: 'ready', title: 'Images that are there already' },
  { name: 'tags', title: 'Tags' },
  { name: 'access', title: 'Access to registries' },
  { name: 'run', title: 'The run' },
  { name: 'service', title: 'The promotion service' },
] as const;
