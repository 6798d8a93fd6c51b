/** Taking known secrets out of text, as they are and as tools like to write them. */

/** The text with every known secret replaced by `***`. */
export type Redactor = (text: string) => string;

/** Shortest text that is taken for a secret, in characters: replacing shorter ones would make every line unreadable. */
const secretCharactersMin = 3;

/**
 * A redactor of these values: whole, line by line where they have several, and of each the forms that it takes in
 * URLs, in JSON and in base64.
 */
export function openRedactor(secrets: readonly string[]): Redactor {
  const parts = secrets.flatMap((secret) => [
    secret,
    secret.trim(),
    ...secret.split(/\r?\n/).map((line) => line.trim()),
  ]);
  const whole = new Set(parts.filter((part) => part.length >= secretCharactersMin));
  const forms = new Set([...whole].flatMap(formsOf));
  // The longest first: a shorter one may be a part of it.
  const ordered = [...forms].sort((one, other) => other.length - one.length);
  return (text) => ordered.reduce((redacted, form) => redacted.replaceAll(form, '***'), text);
}

function formsOf(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString('base64');
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encoded(secret), base64, base64.replace(/=+$/, '')];
  return [...forms, Buffer.from(secret).toString('base64url')];
}

/** As in URLs; a text with half of a surrogate pair has no such form. */
function encoded(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return secret;
  }
}
