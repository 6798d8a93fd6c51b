/** The settings of one run, read by name and kind: a name that is mistyped here does not compile. */
import type { NamedValue } from '../builders/builder.ts';
import type { CommandName } from './setting.ts';
import type { SettingFaults } from './setting-faults.ts';
import type { SettingNotice } from './setting-notice.ts';
import type { SettingChoice, SettingName } from './settings.ts';

export interface SettingValues {
  readonly command: CommandName;
  /** Whether something was written; on GitHub the defaults are. */
  isGiven(name: SettingName): boolean;
  /** Undefined when there is neither a value nor a default. */
  text(name: SettingName<'text' | 'yaml'>): string | undefined;
  flag(name: SettingName<'flag'>): boolean;
  choice<Name extends SettingName<'choice'>>(name: Name): SettingChoice<Name>;
  list(name: SettingName<'lines' | 'list' | 'words'>): readonly string[];
  pairs(name: SettingName<'pairs'>): readonly NamedValue[];
  durationMs(name: SettingName<'duration'>): number;
  /** What was wrong so far; who reads on adds to it, and whoever comes last asserts that there is none. */
  readonly faults: SettingFaults;
  readonly notices: readonly SettingNotice[];
}
