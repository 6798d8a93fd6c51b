/** Every setting there is. action.yml, the table of the README and the flags of the command line are made from it. */
import { buildSettings } from './build-settings.ts';
import { readySettings } from './ready-settings.ts';
import { accessSettings, runSettings, serviceSettings } from './run-settings.ts';
import type { Setting, SettingKind } from './setting.ts';
import { tagSettings } from './tag-settings.ts';
import { whatSettings } from './what-settings.ts';

const table = [
  ...whatSettings,
  ...buildSettings,
  ...readySettings,
  ...tagSettings,
  ...accessSettings,
  ...runSettings,
  ...serviceSettings,
] as const;

/** In the order of the page. */
export const settings: readonly Setting[] = table;

/** The name of a setting; those of some kinds alone where kinds are given. */
export type SettingName<Kind extends SettingKind = SettingKind> = Extract<Row, { readonly kind: Kind }>['name'];

/** What the setting of that name chooses from. */
export type SettingChoice<Name extends SettingName<'choice'>> = Extract<
  Row,
  { readonly kind: 'choice'; readonly name: Name }
>['choices'][number];

type Row = (typeof table)[number];

/** The setting of that name; undefined when there is none. */
export function findSetting(name: string): Setting | undefined {
  return byName.get(name);
}

const byName = new Map(settings.map((setting) => [setting.name, setting]));

/** The choices of a setting, as a type that has no others. */
export function parseChoices<Name extends SettingName<'choice'>>(name: Name): readonly SettingChoice<Name>[] {
  return (byName.get(name)?.choices ?? []) as readonly SettingChoice<Name>[];
}
