/** The access rules that hold now: fixed ones, or those of a file that is followed. */
import type { AccessRule } from '../../core/access-rule.ts';
import { type MemberRules, memberRules } from '../../core/member-rules.ts';
import { followFile } from './followed-file.ts';

export interface CurrentRules {
  readonly list: readonly AccessRule[];
  /** What they give to users, tokens and anybody. */
  readonly members: MemberRules;
  /** Takes what the file says by now; to be awaited before somebody is signed in. */
  refresh(): Promise<void>;
}

/** What became of a changed file of rules. */
export type RulesEvent =
  | { readonly kind: 'rules-loaded'; readonly path: string; readonly rules: number }
  /** It is told once for each change; the rules from before stay. */
  | { readonly kind: 'rules-refused'; readonly path: string; readonly code: string; readonly message: string };

export interface FollowedRulesInit {
  readonly path: string;
  /** Rejects with a CodedError when the file has none that can be used. */
  readonly read: () => Promise<readonly AccessRule[]>;
  readonly onEvent: (event: RulesEvent) => void;
}

/** Rules that stay as they are. */
export function fixedRules(list: readonly AccessRule[]): CurrentRules {
  return { list, members: memberRules(list), refresh: async () => {} };
}

/**
 * The rules of the file, from which they are taken whenever it changes.
 * @throws what `read` throws.
 */
export async function followRules({ path, read, onEvent }: FollowedRulesInit): Promise<CurrentRules> {
  const followed = await followFile({
    path,
    read: async () => fixedRules(await read()),
    onLoaded: ({ list }) => onEvent({ kind: 'rules-loaded', path, rules: list.length }),
    onRefused: ({ code, message }) => onEvent({ kind: 'rules-refused', path, code, message }),
  });
  let known = await followed.current();
  return {
    get list() {
      return known.list;
    },
    get members() {
      return known.members;
    },
    async refresh() {
      known = await followed.current();
    },
  };
}
