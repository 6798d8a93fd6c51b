/**
 * What act 0.2.89 cannot do yet, taken out of a workflow before it runs there. It refuses `queue`, and of a matrix it
 * keeps the outputs of the job that ends first: the jobs of the matrix are written out, each under a name of its own.
 */
import { parse, stringify } from 'yaml';

/** The entries of a matrix, by the name of its one axis. */
export type Matrix = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

interface PlainJob {
  readonly needs?: string | readonly string[];
  readonly strategy?: { readonly matrix: object };
  readonly [key: string]: unknown;
}

/** The text of the workflow as act runs it; a matrix has these entries. */
export function adaptForAct(text: string, matrix: Matrix): string {
  const workflow: { readonly jobs: Readonly<Record<string, PlainJob>> } = parse(
    text.replaceAll(/^ *queue: max\n/gm, ''),
  );
  const [unrolled] = Object.entries(workflow.jobs).filter(([, { strategy }]) => strategy !== undefined);
  if (unrolled === undefined) return stringify(workflow);
  const [name, { strategy: _, ...job }] = unrolled;
  const [axis = '', entries = []] = Object.entries(matrix)[0] ?? [];
  const copies = entries.map(
    (entry, index) => [`${name}-${index}`, fillIn(job, { axis, entry, index, total: entries.length })] as const,
  );
  const names = copies.map(([copy]) => copy);
  const others = Object.entries(workflow.jobs)
    .filter(([other]) => other !== name)
    .map(([other, rest]) => [other, needing(rest, name, names)] as const);
  return stringify({ ...workflow, jobs: Object.fromEntries([...copies, ...others]) });
}

/** One of the jobs that a matrix makes. */
interface Place {
  readonly axis: string;
  readonly entry: Readonly<Record<string, string>>;
  readonly index: number;
  readonly total: number;
}

/** The job of one entry. */
function fillIn(job: object, { axis, entry, index, total }: Place): object {
  const written = Object.entries(entry).reduce(
    (text, [key, value]) => text.replaceAll(`\${{ matrix.${axis}.${key} }}`, value),
    JSON.stringify(job),
  );
  return JSON.parse(
    written.replaceAll('strategy.job-index', String(index)).replaceAll('strategy.job-total', String(total)),
  );
}

/** A job that needs all of them in place of the one. */
function needing({ needs = [], ...job }: PlainJob, name: string, names: readonly string[]): object {
  const needed = [needs].flat();
  if (!needed.includes(name)) return needed.length === 0 ? job : { ...job, needs };
  const each = (pattern: (copy: string) => string) => names.map(pattern).join(' && ');
  const text = JSON.stringify(job)
    .replaceAll(`needs.${name}.result == 'success'`, `(${each((copy) => `needs.${copy}.result == 'success'`)})`)
    .replaceAll(new RegExp(`needs\\.${name}\\.outputs\\.([\\w-]+-(\\d+))`, 'g'), (_, output, index) =>
      index < names.length ? `needs.${name}-${index}.outputs.${output}` : "''",
    );
  return { ...JSON.parse(text), needs: [...needed.filter((one) => one !== name), ...names] };
}
