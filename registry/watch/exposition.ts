/**
 * Metrics as text. Spec: Prometheus documentation, "Text-based format".
 *
 * Written by hand: the registry needs three sorts of metrics, and counts every request with them.
 */

export type Labels = Readonly<Record<string, string>>;

/** Something that is counted, and its lines of text. */
export interface Metric {
  render(): readonly string[];
}

export interface Counter extends Metric {
  add(labels: Labels, amount?: number): void;
}

export interface Histogram extends Metric {
  observe(labels: Labels, value: number): void;
}

/** Sets of labels that one metric has at most; all further ones count as one. Ours have some dozens. */
const seriesMax = 500;

const furtherSeries = '{further="true"}';

/** A counter at nothing. */
export function openCounter(name: string, help: string): Counter {
  const series = new Map<string, number>();
  return {
    add(labels, amount = 1) {
      const key = keyIn(series, labels);
      series.set(key, (series.get(key) ?? 0) + amount);
    },
    render: () => [...headOf(name, help, 'counter'), ...[...series].map(([key, value]) => `${name}${key} ${value}`)],
  };
}

interface Observed {
  /** How many values were no greater than each bound. */
  readonly counts: number[];
  count: number;
  sum: number;
}

/** A histogram over the bounds, which ascend. */
export function openHistogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const series = new Map<string, Observed>();

  function linesOf([key, { counts, count, sum }]: readonly [string, Observed]): readonly string[] {
    const within = (bound: string) => (key === '' ? `{le="${bound}"}` : `${key.slice(0, -1)},le="${bound}"}`);
    return [
      ...bounds.map((bound, at) => `${name}_bucket${within(String(bound))} ${counts[at] ?? 0}`),
      `${name}_bucket${within('+Inf')} ${count}`,
      `${name}_sum${key} ${sum}`,
      `${name}_count${key} ${count}`,
    ];
  }

  return {
    observe(labels, value) {
      const key = keyIn(series, labels);
      const observed = series.get(key) ?? { counts: bounds.map(() => 0), count: 0, sum: 0 };
      series.set(key, observed);
      observed.count += 1;
      observed.sum += value;
      for (let at = bounds.length - 1; at >= 0 && value <= (bounds[at] ?? 0); at -= 1) {
        observed.counts[at] = (observed.counts[at] ?? 0) + 1;
      }
    },
    render: () => [...headOf(name, help, 'histogram'), ...[...series].flatMap(linesOf)],
  };
}

/** Values that are looked up when they are asked for; one that is undefined is left out. */
export function renderValues(
  type: 'counter' | 'gauge',
  [name, help]: readonly [name: string, help: string],
  values: readonly (readonly [Labels, number | undefined])[],
): readonly string[] {
  const lines = values.flatMap(([labels, value]) => (value === undefined ? [] : `${name}${keyOf(labels)} ${value}`));
  return lines.length === 0 ? [] : [...headOf(name, help, type), ...lines];
}

function headOf(name: string, help: string, type: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function keyIn(series: ReadonlyMap<string, unknown>, labels: Labels): string {
  const key = keyOf(labels);
  return series.size < seriesMax || series.has(key) ? key : furtherSeries;
}

/** Whoever gives the same labels again pays for their text once. */
const keys = new WeakMap<Labels, string>();

function keyOf(labels: Labels): string {
  const known = keys.get(labels);
  if (known !== undefined) return known;
  const key = formatLabels(labels);
  keys.set(labels, key);
  return key;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
