/** Environment variables as CI systems set them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first variable that is set to something; systems set to nothing what does not apply. */
export function firstSet(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '');
}

/** The text as a commit: hexadecimal digits, not all of them zero, which stands for a branch that was deleted. */
export function readCommit(text: string | undefined): string | undefined {
  const commit = text?.toLowerCase();
  return commit !== undefined && /^[0-9a-f]{7,64}$/.test(commit) && !/^0+$/.test(commit) ? commit : undefined;
}

/** Epoch milliseconds of a time with its zone; undefined for anything else. Spec: RFC 3339, section 5.6. */
export function readTime(text: string | undefined): number | undefined {
  const isTime = text !== undefined && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/i.test(text);
  const epochMs = isTime ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** A whole number above zero; undefined for anything else. */
export function readNumber(text: string | undefined): number | undefined {
  const number = /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0;
  return number > 0 ? number : undefined;
}
