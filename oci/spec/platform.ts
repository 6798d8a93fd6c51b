/** Platforms: what an image of an index runs on. */
import { type JsonObject, parseObject, parseOptionalText, parseOptionalTexts, parseText } from './json-value.ts';

/** What an image runs on. Spec: image-spec v1.1.1, "OCI Image Index Specification", `platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

/**
 * The platform of a JSON value; `where` names its place in the document for messages.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function parsePlatform(value: unknown, where: string): Platform {
  const object: JsonObject = parseObject(value, where);
  return {
    os: parseText(object['os'], `${where}.os`),
    architecture: parseText(object['architecture'], `${where}.architecture`),
    ...parseOptionalText(object, 'variant', where),
    ...parseOptionalText(object, 'os.version', where),
    ...parseOptionalTexts(object, 'os.features', where),
  };
}

/** `os/architecture[/variant]`, such as `linux/arm64/v8`. */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant === undefined ? '' : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}
