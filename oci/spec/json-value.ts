/** Reading the parts of a manifest from parsed JSON: each reader returns a typed value or names the wrong part. */
import { IntegrityError } from '../../errors/errors.ts';

/** A parsed JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether an optional field has no value: Go programs write null for what is empty, and read it as absent. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/**
 * The value as a JSON object; `where` names its place for messages.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function parseObject(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw malformed(where, 'is not an object');
}

/**
 * The value as a list.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function parseArray(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(where, 'is not a list');
}

/**
 * The value as a text.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function parseText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw malformed(where, 'is not a text');
}

/** `{ [key]: text }`, or `{}` when it is absent: an optional field to spread. */
export function parseOptionalText<Key extends string>(
  object: JsonObject,
  key: Key,
  where: string,
): { readonly [key in Key]?: string } {
  if (isAbsent(object[key])) return {};
  return { [key]: parseText(object[key], `${where}.${key}`) } as { [key in Key]?: string };
}

/** `{ [key]: list of texts }`, or `{}` when it is absent. */
export function parseOptionalTexts<Key extends string>(
  object: JsonObject,
  key: Key,
  where: string,
): { readonly [key in Key]?: readonly string[] } {
  if (isAbsent(object[key])) return {};
  const list = parseArray(object[key], `${where}.${key}`);
  const texts: readonly string[] = list.map((text, at) => parseText(text, `${where}.${key}[${at}]`));
  return { [key]: texts } as { [key in Key]?: readonly string[] };
}

/** `{ annotations }`, or `{}` when there are none. Spec: image-spec v1.1.1, "Annotations". */
export function parseOptionalAnnotations(
  object: JsonObject,
  where: string,
): { readonly annotations?: Readonly<Record<string, string>> } {
  if (isAbsent(object['annotations'])) return {};
  const written = parseObject(object['annotations'], `${where}.annotations`);
  const annotations = Object.entries(written).map(([key, value]) => [
    key,
    parseText(value, `${where}.annotations[${JSON.stringify(key)}]`),
  ]);
  return { annotations: Object.fromEntries(annotations) };
}

/** What an error repeats of a manifest, which may be one text of four megabytes. */
const repeatedCharsMax = 500;

/** The error for a part of a manifest that is not what the specification says. */
export function malformed(where: string, why: string, cause?: unknown): IntegrityError {
  const fault = `${where} ${why}`;
  const shown = fault.length > repeatedCharsMax ? `${fault.slice(0, repeatedCharsMax)}…` : fault;
  return new IntegrityError({ code: 'MANIFEST_INVALID', message: `malformed manifest: ${shown}`, cause });
}
