/** What BuildKit warned of, as buildx writes it into its metadata file. */
import { type JsonObject, parseArray, parseObject } from '../../../oci/spec/json-value.ts';
import type { BuildWarning } from '../builder.ts';

/** Makes buildx write warnings into the file, and leave out what the image has anyway. */
export const metadataEnv = { BUILDX_METADATA_WARNINGS: '1', BUILDX_METADATA_PROVENANCE: 'disabled' } as const;

/** Warnings are for people: more than this nobody reads. */
const warningsMax = 100;

/**
 * The warnings in the text of a metadata file; none when it is not understood, since that concerns nobody's image.
 * `nameFile` tells where a file is that a warning names by itself.
 */
export function readBuildxWarnings(metadata: string, nameFile: (name: string) => string): readonly BuildWarning[] {
  try {
    const written = parseObject(JSON.parse(metadata), 'metadata')['buildx.build.warnings'] ?? [];
    const warnings = parseArray(written, 'warnings').slice(0, warningsMax);
    return warnings.map((warning) => readWarning(parseObject(warning, 'warning'), nameFile));
  } catch {
    return [];
  }
}

function readWarning(warning: JsonObject, nameFile: (name: string) => string): BuildWarning {
  const { filename } = readObject(warning['sourceInfo']);
  const { line } = readObject(readObject(first(warning['range']))['start']);
  const { url } = warning;
  return {
    message: decode(warning['short']),
    ...(typeof url === 'string' && url !== '' ? { url } : {}),
    ...(typeof filename === 'string' && filename !== '' ? { file: nameFile(filename) } : {}),
    ...(typeof line === 'number' ? { line } : {}),
  };
}

/** Texts of warnings are bytes to buildx, which are base64 in JSON. */
function decode(bytes: unknown): string {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'base64').toString('utf8') : '';
}

function readObject(value: unknown): JsonObject {
  return value === undefined ? {} : parseObject(value, 'warning');
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined;
}
