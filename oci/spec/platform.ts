/** Platforms: what an image of an index runs on. */
import { InputError } from '../../errors/errors.ts';
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

/** `os/architecture[/variant][:version of the os]`, such as `linux/arm64/v8` or `windows/amd64:10.0.20348.2402`. */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant ? `/${platform.variant}` : '';
  const version = platform['os.version'] ? `:${platform['os.version']}` : '';
  return `${platform.os}/${platform.architecture}${variant}${version}`;
}

/** As container tools write platforms; the version of the operating system tells Windows images apart. */
const platformGrammar =
  /^([a-z0-9][a-z0-9_.-]{0,63})\/([a-z0-9][a-z0-9_.-]{0,63})(?:\/([a-z0-9][a-z0-9_.-]{0,63}))?(?::([a-z0-9_.-]{1,64}))?$/i;

/**
 * The platform that `os/architecture[/variant][:version of the os]` names.
 * @throws InputError PLATFORM_INVALID.
 */
export function parsePlatformText(text: string): Platform {
  const [, os, architecture, variant, version] = platformGrammar.exec(text) ?? [];
  if (os === undefined || architecture === undefined) {
    throw new InputError({ code: 'PLATFORM_INVALID', message: `not a platform: ${JSON.stringify(text)}` });
  }
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
  };
}
