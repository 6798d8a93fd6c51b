/** The curve as a person reads it: one table of tags, one of repositories. */
import { renderTable } from '../../render-table.ts';
import { type ScaleMeasure, type ScalePoint, type ScaleResults, scaleMeasures } from './scale-results.ts';

/** Both tables. */
export function renderScale({ points }: ScaleResults): string {
  return (['tags', 'repositories'] as const)
    .map((kind) => ({ kind, own: points.filter((point) => point.kind === kind) }))
    .filter(({ own }) => own.length > 0)
    .map(({ kind, own }) => `by ${kind}\n\n${renderTable([headingOf(own), ...rowsOf(own)])}`)
    .join('\n');
}

function headingOf(points: readonly ScalePoint[]): readonly string[] {
  return ['', ...points.map(({ count }) => String(count))];
}

function rowsOf(points: readonly ScalePoint[]): readonly (readonly string[])[] {
  const measures: readonly (readonly [string, string])[] = Object.entries(scaleMeasures);
  return measures.map(([measure, title]) => {
    const unit = measure.endsWith('MiB') ? 'MiB' : 'ms';
    return [title, ...points.map((point) => `${numberOf(point, measure)} ${unit}`)];
  });
}

function numberOf(point: ScalePoint, measure: string): number {
  const values: Readonly<Record<ScaleMeasure, number>> = point;
  return Object.entries(values).find(([name]) => name === measure)?.[1] ?? Number.NaN;
}
