/** Every text among the settings that must not be seen. */
import { CodedError } from '../../errors/errors.ts';
import { parsePairs } from './parse-entries.ts';
import { parseRegistryAuth } from './registry-auth.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

/** Lines shorter than this are no secrets of their own: the braces of a JSON key would be masked in every line. */
const lineCharsMin = 4;

/**
 * The secrets, each with its lines, from what was written, be it readable or not and whatever the command; `env` gives
 * those that `secret-envs` name.
 */
export function secretsOf(
  written: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const hidden = settings
    .filter(({ isSecret }) => isSecret === true)
    .flatMap((setting) => secretsIn(setting, written.get(setting.name) ?? ''));
  const fromEnv = readQuietly(() => parsePairs(written.get('secret-envs') ?? ''), []).map(
    ({ value }) => env[value] ?? '',
  );
  return [...new Set([...hidden, ...fromEnv].flatMap(withLines))];
}

function secretsIn({ kind }: Setting, text: string): readonly string[] {
  if (text.trim() === '') return [];
  switch (kind) {
    case 'pairs':
      return readQuietly(() => parsePairs(text).map(({ value }) => value), behind(text, '='));
    case 'yaml':
      return readQuietly(() => parseRegistryAuth(text).map(({ password }) => password), behind(text, ':'));
    default:
      return [text];
  }
}

/** What cannot be read is masked by line, and by what stands behind each separator, with and without its brackets. */
function behind(text: string, separator: '=' | ':'): readonly string[] {
  const lines = text.split(/\r?\n/);
  const tails = lines.map((line) => line.slice(line.indexOf(separator) + 1));
  const values = lines.flatMap((line) =>
    line.split(separator).map((part) => /^[\s"']*([^"',}\]]*)/.exec(part)?.[1] ?? ''),
  );
  return [...lines, ...tails, ...values.filter((value) => value.length >= lineCharsMin)];
}

function withLines(secret: string): readonly string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  return [secret, trimmed, ...lines.filter((line) => line.length >= lineCharsMin)].filter((text) => text.trim() !== '');
}

function readQuietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodedError) return otherwise;
    throw error;
  }
}
