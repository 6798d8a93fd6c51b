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
export type SettingName<Kind extends SettingKind = SettingKind> = Extract<
  (typeof table)[number],
  { readonly kind: Kind }
>['name'];
