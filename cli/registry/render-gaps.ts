/** What a registry lacks, for people: damaged files, and the tags that are broken. */
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';

export interface Gaps {
  readonly gaps: readonly Gap[];
  readonly damaged?: readonly string[];
}

interface Gap {
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  /** The manifests that name it, where that is known. */
  readonly manifests?: readonly string[];
}

/** Tags, or manifests without any, that are named for one digest. */
const namedMax = 20;

/** Writes them to standard error; nothing when there are none. */
export function renderGaps(shell: Shell, { gaps, damaged = [] }: Gaps): void {
  for (const path of damaged) shell.stderr.write(`damaged: ${printable(path)}\n`);
  for (const gap of gaps) shell.stderr.write(`missing: ${gap.digest}, needed by ${printable(needingOf(gap))}\n`);
}

function needingOf({ repository, tags, manifests = [] }: Gap): string {
  if (tags.length > 0) return listed(tags.map((tag) => `${repository}:${tag}`));
  if (manifests.length === 0) return `${repository}, under no tag`;
  return `${listed(manifests.map((digest) => `${repository}@${digest}`))}, under no tag`;
}

function listed(names: readonly string[]): string {
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : '';
  return `${names.slice(0, namedMax).join(', ')}${more}`;
}
