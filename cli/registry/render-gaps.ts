/** What a registry lacks, for people: damaged files, and the tags that are broken. */
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';

export interface Gaps {
  readonly gaps: readonly { readonly repository: string; readonly digest: string; readonly tags: readonly string[] }[];
  readonly damaged?: readonly string[];
}

/** Tags that are named for one digest. */
const tagsNamedMax = 20;

/** Writes them to standard error; nothing when there are none. */
export function renderGaps(shell: Shell, { gaps, damaged = [] }: Gaps): void {
  for (const path of damaged) shell.stderr.write(`damaged: ${printable(path)}\n`);
  for (const { repository, digest, tags } of gaps) {
    const named = tags.slice(0, tagsNamedMax).map((tag) => `${repository}:${tag}`);
    const more = tags.length > tagsNamedMax ? ` and ${tags.length - tagsNamedMax} more` : '';
    const needed = named.length === 0 ? `${repository}, under no tag` : `${named.join(', ')}${more}`;
    shell.stderr.write(`missing: ${digest}, needed by ${printable(needed)}\n`);
  }
}
