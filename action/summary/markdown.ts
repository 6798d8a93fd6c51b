/** Markdown for the summary of a job: what others wrote is shown as they wrote it, and is no markup. */
import { isDigest, shortDigest } from '../../oci/spec/digest.ts';

/** What Markdown or HTML would take for markup, an address, a name to notify or an emoji. */
const markup = /[&<>\\`*_[\]()#|~@:!{}$=^"']/g;

/** The text on one line, every sign standing for itself. */
export function plainText(text: string): string {
  return text
    .replaceAll(/[\s\u2028\u2029]+/g, ' ')
    .replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
    .replaceAll(markup, (sign) => `&#${sign.codePointAt(0)};`);
}

/** The text as code within a line. */
export function code(text: string): string {
  return `<code>${plainText(text)}</code>`;
}

/** A digest in short, as code; what is none as it is. */
export function digestCode(text: string): string {
  return code(isDigest(text) ? shortDigest(text) : text);
}

/** Lines of code that can be copied. The fence is longer than any in them. */
export function codeBlock(lines: readonly string[], language = ''): string {
  const longest = Math.max(0, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [fence + language, ...lines, fence].join('\n');
}

/** A table; the cells are markup already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What is folded until somebody looks. */
export function details(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

/** A link, where the address is one of the web; the bare text otherwise. */
export function link(text: string, address: string | undefined): string {
  const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return text;
  return `[${text}](<${url.href.replaceAll('>', '%3E')}>)`;
}
