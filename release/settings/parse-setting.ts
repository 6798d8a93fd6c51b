/** The text of one setting as a value, by the kind of the setting. */
import { InputError } from '../../errors/errors.ts';
import { parseEntries, parsePairs } from './parse-entries.ts';
import type { Setting } from './setting.ts';

/**
 * Nothing: the text can be read.
 * @throws InputError SETTING_INVALID saying what is wrong with it and what to write.
 */
export function assertReadable(setting: Setting, text: string): void {
  switch (setting.kind) {
    case 'flag':
      parseFlag(text);
      return;
    case 'choice':
      parseChoice(text, setting.choices ?? []);
      return;
    case 'duration':
      parseDurationMs(text);
      return;
    case 'lines':
    case 'list':
    case 'words':
      parseList(setting.kind, text);
      return;
    case 'pairs':
      parsePairs(text);
      return;
    case 'text':
    case 'yaml':
  }
}

/** Whether the text says yes, in the spellings that YAML 1.2 has. */
export function parseFlag(text: string): boolean {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  throw invalid('neither true nor false', 'write true or false');
}

/** The choice that the text is. */
export function parseChoice<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw invalid('none of the choices', `choose one of ${choices.join(', ')}`);
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
/** Longest wait in milliseconds: a week. Timers of Node.js end at 24 days. */
const durationMsMax = 7 * 24 * 3_600_000;

/** Milliseconds of `90s`, `10m`, `1h`, or of `90`. */
export function parseDurationMs(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,9})([smh])?$/.exec(text) ?? [];
  const durationMs = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (durationMs <= durationMsMax) return durationMs;
  throw invalid('not a span of time of at most a week', 'write a number and a unit, such as 90s, 10m or 1h');
}

/** The entries of the text. */
export function parseList(kind: 'lines' | 'list' | 'words', text: string): readonly string[] {
  return kind === 'words' ? parseWords(text) : parseEntries(text, { comma: kind === 'list' });
}

function parseWords(text: string): readonly string[] {
  if (!text.startsWith('[')) {
    if (!/["'\\]/.test(text)) return text.split(/\s+/).filter((word) => word !== '');
    throw invalid('words with quotes', 'write a JSON array: ["/server", "--port", "8080"]');
  }
  const words = parseJson(text);
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw invalid('not a JSON array of texts', 'write it as ["/server", "--port", "8080"]');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(message: string, wayOut: string): InputError {
  return new InputError({ code: 'SETTING_INVALID', message, wayOut });
}
