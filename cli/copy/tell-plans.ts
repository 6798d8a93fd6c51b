/** What copies would do, for `--dry-run`. */
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { formatRepository } from '../location.ts';
import { formatDigest } from '../render/digest.ts';
import { type Line, lineOf } from '../render/line.ts';
import { renderTable } from '../render/table.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { planDocument } from './copy-document.ts';
import { formatTarget } from './copy-job.ts';
import { type CopyPlan, movesOf } from './plan-copy.ts';
import type { TellOptions } from './tell-copy.ts';

/** Prints each plan and whether its content is at the target; nothing is changed. */
export async function tellPlans(shell: Shell, plans: readonly CopyPlan[], options: TellOptions): Promise<void> {
  const complete = new Map<CopyPlan, boolean>();
  for (const plan of plans) complete.set(plan, await isComplete(plan, shell.signal));
  if (options.json) {
    for (const plan of plans) {
      const document = { ...planDocument(plan, options.platforms), complete: complete.get(plan), changed: false };
      shell.stdout.write(`${JSON.stringify(document)}\n`);
    }
  } else {
    const [first] = plans;
    const isOne = plans.length === 1 && first !== undefined && !options.isMany;
    const text = isOne ? onePlan(first, complete.get(first) ?? false) : manyPlans(shell, plans);
    shell.stdout.write(text);
  }
  if (!options.quiet) shell.stderr.write('dry run: nothing was changed\n');
}

/** A manifest that the target has not got is the usual case, and one question tells it. */
async function isComplete(plan: CopyPlan, signal: AbortSignal): Promise<boolean> {
  if (plan.target === undefined) return false;
  if (!(await plan.target.resolve(plan.root.digest, signal))) return false;
  return (await proveGraph(plan.target, plan.root, { signal })).complete;
}

function onePlan(plan: CopyPlan, complete: boolean): string {
  const { job, root, tags } = plan;
  const moves = new Map(movesOf(plan).map(({ tag, from }) => [tag, from]));
  const shown = tags.map((tag) => (moves.has(tag) ? `${tag}, moved from ${formatDigest(moves.get(tag))}` : tag));
  const rows = [
    ['source', formatRepository(job.source)],
    ['target', formatRepository(job.target)],
    ['tags', shown.length === 0 ? 'none' : shown.join('; ')],
    ['content', complete ? 'is there already' : 'will be copied'],
  ];
  const body = rows.map(([label = '', text = '']) => `  ${label.padEnd(9)}${printable(text)}\n`).join('');
  return `copy of ${root.digest}\n\n${body}`;
}

/** A row for each tag, in the order of their names: what is copied once may get several. */
function manyPlans(shell: Shell, plans: readonly CopyPlan[]): string {
  const look = shell.stdout.look();
  const rows = plans.flatMap((plan) => {
    const { job, root } = plan;
    const tags = job.tags.length === 0 ? [undefined] : job.tags;
    return tags.map((tag) => {
      const place = formatTarget({ target: job.target, tags: tag === undefined ? [] : [tag] });
      return { place, digest: formatDigest(root.digest), intent: intentOf(plan, tag) };
    });
  });
  const lines = rows
    .toSorted((one, other) => (one.place < other.place ? -1 : 1))
    .map(({ place, digest, intent }): readonly Line[] => [
      lineOf(printable(place), look.palette.bold),
      lineOf(digest, look.palette.dim),
      lineOf(intent),
    ]);
  return renderTable(lines, { ...look, columns: undefined });
}

function intentOf(plan: CopyPlan, tag: Tag | undefined): string {
  const present = tag === undefined ? undefined : plan.present.get(tag)?.digest;
  if (present === undefined) return 'new';
  if (present === plan.root.digest) return 'already so';
  return tag !== undefined && plan.tags.includes(tag) ? `moved from ${formatDigest(present)}` : 'left as it is';
}
