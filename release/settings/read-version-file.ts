/** The version that a file of the source gives. */
import { posix } from 'node:path';
import { parse } from 'yaml';
import { InputError } from '../../errors/errors.ts';
import { readTomlText } from './toml-text.ts';

/** Reads a file of the source as text. Rejects when it cannot be read. */
export type ReadFile = (path: string) => Promise<string>;

/** Keys that have the version when no other is named, the likeliest first. */
const tomlKeys = ['package.version', 'workspace.package.version', 'project.version', 'tool.poetry.version'];

/**
 * The text that a file gives as its version, as it stands there: of `package.json`, `Chart.yaml`, `Cargo.toml` and
 * `pyproject.toml` the key of the version, of `FILE#key.of.it` that key, of every other file its first line.
 * @throws InputError SETTING_INVALID when the file cannot be read, or has none.
 */
export async function readVersionFile(written: string, readFile: ReadFile): Promise<string> {
  const [path = '', key] = written.split('#');
  const text = await readFile(path).catch((cause: unknown) => {
    throw invalid('the file cannot be read', 'name a file of the source that is checked out', cause);
  });
  const version = versionIn(text, posix.extname(path).toLowerCase(), key);
  if (version !== undefined) return version;
  throw invalid(
    `the file has no version${key === undefined ? '' : ` under ${key}`}`,
    'name the key behind the file, as in Chart.yaml#appVersion, or set version',
  );
}

function versionIn(text: string, extension: string, key: string | undefined): string | undefined {
  switch (extension) {
    case '.json':
      return textAt(
        parseQuietly(() => JSON.parse(text)),
        key ?? 'version',
      );
    case '.yaml':
    case '.yml':
      return textAt(
        parseQuietly(() => parse(text, { logLevel: 'error' })),
        key ?? 'version',
      );
    case '.toml':
      return (key === undefined ? tomlKeys : [key])
        .map((name) => readTomlText(text, name))
        .find((version) => version !== undefined);
    default:
      return text
        .split('\n')
        .map((line) => line.trim())
        .find((line) => line !== '');
  }
}

/** The text under a dotted key. A number is none: 1.10 would be read as 1.1. */
function textAt(value: unknown, key: string): string | undefined {
  let found: unknown = value;
  for (const name of key.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = new Map<string, unknown>(Object.entries(found)).get(name);
  }
  return typeof found === 'string' ? found.trim() : undefined;
}

function parseQuietly(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function invalid(message: string, wayOut: string, cause?: unknown): InputError {
  return new InputError({ code: 'SETTING_INVALID', message, wayOut, cause });
}
