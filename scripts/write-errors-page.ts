/**
 * Writes docs/errors.md from the error catalogue; with --check it only says whether the page is what it should be.
 *
 * Run with `npm run docs`. The page is generated so that a code cannot exist without a meaning and a way out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { exitCodeOfErrorCode } from '../cli/exit-code.ts';
import { type ErrorEntry, errorCatalogue } from '../errors/catalogue.ts';

/** What the classes have in common: who must act, whether trying again helps, and the HTTP status of the service's answer. */
const classes: readonly ErrorClass[] = [
  { name: 'InputError', title: 'The request is wrong', retry: 'never', httpStatus: '400 or 422', lane: 'failed' },
  {
    name: 'AccessError',
    title: 'Not signed in, or not allowed',
    retry: 'never',
    httpStatus: '401 or 403',
    lane: 'failed',
  },
  { name: 'NotFoundError', title: 'The named thing is not there', retry: 'never', httpStatus: '404', lane: 'failed' },
  {
    name: 'ConflictError',
    title: 'The world moved',
    retry: 'after planning again',
    httpStatus: '409',
    lane: 'planned again',
  },
  {
    name: 'RegistryError',
    title: 'A registry answered with an error',
    retry: 'where the answer says so (429, 5xx)',
    httpStatus: '502',
    lane: 'tried again where that helps, else failed',
  },
  {
    name: 'TransportError',
    title: 'No answer came',
    retry: 'yes',
    httpStatus: '503 or 504',
    lane: 'tried again, with growing pauses',
  },
  {
    name: 'IntegrityError',
    title: 'Bytes are not what they should be',
    retry: 'never',
    httpStatus: '502',
    lane: 'failed',
  },
  {
    name: 'InvariantError',
    title: 'A bug of ours',
    retry: 'never',
    httpStatus: '500',
    lane: 'failed, and kept for a look',
  },
];

interface ErrorClass {
  readonly name: ErrorEntry['raisedAs'];
  readonly title: string;
  readonly retry: string;
  readonly httpStatus: string;
  /** What becomes of a promotion that meets it. */
  readonly lane: string;
}

/** The text of docs/errors.md. */
export function renderErrorsPage(): string {
  return `${[introduction, ...classes.map(renderClass)].join('\n\n')}\n`;
}

const introduction = `# Error codes

<!-- Written by \`npm run docs\` from errors/catalogue.ts. Edit that. -->

Every error has a code that never changes its meaning, a message that names the thing, and a way out. The code is in
the \`code\` field of the service's answers (RFC 9457 problem details), in the CLI's \`--json\` output, and behind the message
on a terminal. The classes say who must act. Exit codes that are no errors are in the [README](../README.md#exit-codes).`;

function renderClass({ name, title, retry, httpStatus, lane }: ErrorClass): string {
  const entries = Object.entries(errorCatalogue).filter(([, entry]) => entry.raisedAs === name);
  const exitCodes = [...new Set(entries.map(([code]) => exitCodeOfErrorCode(code)))].join(', ');
  return [
    `## ${title}`,
    '',
    `\`${name}\` · HTTP ${httpStatus} · exit code ${exitCodes} · retried: ${retry} · a promotion that meets it is ${lane}`,
    '',
    '| code | meaning | way out |',
    '| --- | --- | --- |',
    ...entries.map(
      ([code, { means, wayOut }]) => `| \`${code}\` | <a id="${code}"></a>${cell(means)} | ${cell(wayOut)} |`,
    ),
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) {
  const path = new URL('../docs/errors.md', import.meta.url);
  const page = renderErrorsPage();
  if (!process.argv.includes('--check')) writeFileSync(path, page);
  else if (readFileSync(path, 'utf8') !== page) {
    console.error('docs/errors.md is not what errors/catalogue.ts says: run `npm run docs`');
    process.exitCode = 1;
  }
}
