/** Secrets that must not be seen, in the forms in which they turn up in logs. */

/** What is known to be secret. */
export interface Masks {
  add(secret: string): void;
  /** The text with `***` in the place of each secret. */
  hide(text: string): string;
}

/** Lines shorter than this are no secrets of their own: the braces of a JSON key would be masked in every line. */
const lineCharsMin = 4;

/** Encodings shorter than this would hide what has nothing to do with the secret. */
const encodedCharsMin = 8;

/** No secrets yet; each form is announced once. Secrets that are nothing but space are none. */
export function openMasks(announce: (form: string) => void): Masks {
  const known = new Set<string>();
  let longestFirst: readonly string[] = [];
  return {
    add(secret) {
      for (const form of formsOf(secret)) {
        if (known.has(form)) continue;
        known.add(form);
        announce(form);
      }
      longestFirst = [...known].sort((a, b) => b.length - a.length);
    },
    hide: (text) => longestFirst.reduce((hidden, form) => hidden.replaceAll(form, '***'), text),
  };
}

/** The secret itself, its lines, and what encoders make of each. Runners know these forms; their imitations do not. */
export function formsOf(secret: string): readonly string[] {
  if (secret.trim() === '') return [];
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const plain =
    lines.length === 1 ? [secret, ...lines] : [secret, ...lines.filter((line) => line.length >= lineCharsMin)];
  const encoded = plain.flatMap(encodingsOf).filter((form) => form.length >= encodedCharsMin);
  return [...new Set([...plain, ...encoded])];
}

function encodingsOf(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  return [json, JSON.stringify(json).slice(1, -1), encodeURIComponent(text.toWellFormed()), ...base64Of(text)].filter(
    (form) => form !== text,
  );
}

/**
 * What base64 makes of the text wherever in a longer text it stands: one form for each of three alignments, without
 * the digits at both ends that depend on the neighbours.
 */
function base64Of(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  return [0, 1, 2].map((shift) => {
    const digits = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const own = Math.floor(((shift + bytes.length) * 8) / 6);
    return digits.slice(Math.ceil((shift * 8) / 6), own);
  });
}
