/**
 * Writes docs/errors.md from the error catalogue; with --check it only says whether the page is what it should be.
 *
 * Run with `npm run docs`. The page is generated so that a code cannot exist without a meaning and a way out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { exitCodeOfErrorCode } from '../cli/exit-code.ts';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts';
import type { ErrorEntry } from '../errors/error-entry.ts';
import {
  AccessError,
  type CodedError,
  ConflictError,
  InputError,
  IntegrityError,
  InvariantError,
  NotFoundError,
  RegistryError,
  TransportError,
} from '../errors/errors.ts';
import { problemStatus } from '../service/http/problem.ts';

/** The text of docs/errors.md. */
export function renderErrorsPage(): string {
  return `${[introduction, ...classes.map(renderClass)].join('\n\n')}\n`;
}

const introduction = `# Error codes

<!-- Written by \`npm run docs\` from the catalogue in errors/. Edit that. -->

Every error has a code that never changes its meaning, a message that names the thing, and a way out. The code is in the
\`code\` field of the service's answers (RFC 9457 problem details), in the CLI's \`--json\` output, and behind the message
on a terminal. The classes say who must act; each has its own exit code. Exit codes that are no errors are in the
[README](../README.md#exit-codes).`;

interface ErrorClass {
  readonly name: ErrorEntry['raisedAs'];
  readonly title: string;
  readonly retried: string;
  /** What becomes of a promotion that meets it. */
  readonly promotion: string;
}

const classes: readonly ErrorClass[] = [
  { name: 'InputError', title: 'The request is wrong', retried: 'never', promotion: 'fails' },
  { name: 'AccessError', title: 'Not signed in, or not allowed', retried: 'never', promotion: 'fails' },
  { name: 'NotFoundError', title: 'The named thing is not there', retried: 'never', promotion: 'fails' },
  {
    name: 'ConflictError',
    title: 'The world moved',
    retried: 'after another look',
    promotion: 'is decided anew, or fails where a person has to look',
  },
  {
    name: 'RegistryError',
    title: 'A registry answered with an error',
    retried: 'where the answer allows it (429, 5xx)',
    promotion: 'is tried again where that may help, or fails',
  },
  { name: 'TransportError', title: 'No answer came', retried: 'yes', promotion: 'is tried again later' },
  { name: 'IntegrityError', title: 'Bytes are not what they should be', retried: 'never', promotion: 'fails' },
  { name: 'InvariantError', title: 'A bug of ours', retried: 'never', promotion: 'fails' },
];

function renderClass({ name, title, retried, promotion }: ErrorClass): string {
  const codes = Object.keys(errorCatalogue)
    .filter(isErrorCode)
    .filter((code) => errorCatalogue[code].raisedAs === name);
  const exitCodes = [...new Set(codes.map(exitCodeOfErrorCode))].join(', ');
  return [
    `## ${title}`,
    '',
    `\`${name}\` · exit code ${exitCodes} · retried: ${retried} · a promotion that meets it ${promotion}`,
    '',
    '| code | HTTP | meaning | way out |',
    '| --- | --- | --- | --- |',
    ...codes.map((code) => renderRow(code, errorCatalogue[code])),
  ].join('\n');
}

function isErrorCode(text: string): text is ErrorCode {
  return text in errorCatalogue;
}

function renderRow(code: ErrorCode, { raisedAs, means, wayOut }: ErrorEntry): string {
  return `| \`${code}\` | ${httpStatuses(code, raisedAs)} | ${cell(means)} | ${cell(wayOut)} |`;
}

function httpStatuses(code: ErrorCode, name: ErrorEntry['raisedAs']): string {
  return [...new Set(examplesOf(code, name).map(problemStatus))].join(' or ');
}

/** One error of each kind that the service's answer tells apart. */
function examplesOf(code: ErrorCode, name: ErrorEntry['raisedAs']): readonly CodedError[] {
  const init = { code, message: '' };
  switch (name) {
    case 'AccessError':
      return [new AccessError({ ...init, signedIn: false }), new AccessError({ ...init, signedIn: true })];
    case 'RegistryError':
      return [new RegistryError({ ...init, status: 500, specCodes: [], retryable: true })];
    case 'InputError':
      return [new InputError(init)];
    case 'NotFoundError':
      return [new NotFoundError(init)];
    case 'ConflictError':
      return [new ConflictError(init)];
    case 'TransportError':
      return [new TransportError(init)];
    case 'IntegrityError':
      return [new IntegrityError(init)];
    case 'InvariantError':
      return [new InvariantError(init)];
  }
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
