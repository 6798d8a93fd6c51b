/** The head of an HTTP/1.1 answer, read strictly: what could be read in two ways is refused. */
import { malformed } from './wire-error.ts';

/** Status and headers of one answer. */
export interface AnswerHead {
  readonly status: number;
  readonly version: '1.0' | '1.1';
  /** By names in lower case, several of one name joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What the body is measured by. Two of them, or two that differ, are how answers are smuggled past each other. */
const singular: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** No line that continues the one before it begins with a name. */
const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * The head in the text before the empty line, in latin1.
 * Spec: RFC 9112, section 4; RFC 9110, section 5.5.
 * @throws WireError ANSWER_MALFORMED.
 */
export function parseAnswerHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, status] = statusLine.exec(first) ?? [];
  if (minor === undefined) throw malformed('status line');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, written = '', value = ''] = headerLine.exec(line) ?? [];
    if (written === '') throw malformed('header line');
    const name = written.toLowerCase();
    const before = headers.get(name);
    if (before !== undefined && singular.has(name)) throw malformed(`two of ${name}`);
    headers.set(name, before === undefined ? trimmed(value) : `${before}, ${trimmed(value)}`);
  }
  return { status: Number(status), version: minor === '1' ? '1.1' : '1.0', headers };
}

/** Without blanks and tabs at its ends; other white space does not count as such. */
function trimmed(value: string): string {
  return value.replace(/^[\t ]+/, '').replace(/[\t ]+$/, '');
}
