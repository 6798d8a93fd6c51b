/** Annotations of a build, and the level they are meant for. */
import type { NamedValue } from '../builder.ts';

/** Where an annotation goes: to each image, to their index, or, where nothing is said, to both. */
export interface Annotation extends NamedValue {
  readonly level: 'manifest' | 'index' | 'both';
}

/** `index:` or `manifest:` before the name says which of the two is meant. */
export function readAnnotation({ name, value }: NamedValue): Annotation {
  const [, level, rest = ''] = /^(index|manifest):(.*)$/s.exec(name) ?? [];
  if (level === 'index' || level === 'manifest') return { level, name: rest, value };
  return { level: 'both', name, value };
}

/** What is written on manifests of that level, by name. */
export function annotationsFor(
  level: 'manifest' | 'index',
  annotations: readonly NamedValue[],
): Readonly<Record<string, string>> {
  const meant = annotations.map(readAnnotation).filter((one) => one.level === level || one.level === 'both');
  return Object.fromEntries(meant.map(({ name, value }) => [name, value]));
}
