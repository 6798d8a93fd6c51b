/** `--json` and errors: of every verb, whatever goes wrong is one document on stdout, beside the talk on stderr. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../cli/command-line.ts';
import { openFakeService, problemOf } from './fake-service.ts';
import { openTestShell, type Ran, type RunOptions, runWords } from './test-shell.ts';

/** A port that nobody can listen on. */
const nowhere = ['--url', 'http://127.0.0.1:1'];
const registryNowhere = ['--registry', 'http://127.0.0.1:1'];

interface Case {
  readonly words: readonly string[];
  readonly code: string;
  readonly exitCode: number;
  readonly env?: RunOptions['env'];
}

/** What goes wrong while a verb runs; undefined for a verb that nothing can go wrong with. */
const cases: Readonly<Record<string, Case | undefined>> = {
  promote: { words: ['web', 'staging', '--yes', ...nowhere], code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  rollback: { words: ['web', 'staging', '--reason', 'x'], code: 'CONFIRMATION_NEEDED', exitCode: 2 },
  status: { words: nowhere, code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  history: { words: ['web', 'staging', ...nowhere], code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  doctor: { words: ['--token-file', 'missing.token'], code: 'TOKEN_FILE_INVALID', exitCode: 2 },
  release: { words: [], code: 'SETTING_INVALID', exitCode: 2 },
  'release merge': { words: ['--images', '127.0.0.1:1/web'], code: 'SETTING_INVALID', exitCode: 2 },
  'release tag': { words: ['--images', '127.0.0.1:1/web'], code: 'SETTING_INVALID', exitCode: 2 },
  copy: { words: ['127.0.0.1:1/web', 'oci:there'], code: 'REFERENCE_INVALID', exitCode: 2 },
  tags: { words: ['127.0.0.1:1/web'], code: 'REGISTRY_UNREACHABLE', exitCode: 7 },
  'tags delete': { words: ['dev/web:1.0.0', ...registryNowhere], code: 'CONFIRMATION_NEEDED', exitCode: 2 },
  'tags history': { words: ['dev/web:1.0.0', ...registryNowhere], code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'tags restore': {
    words: ['dev/web:latest', '--to', '1', '--dry-run', ...registryNowhere],
    code: 'SERVICE_UNREACHABLE',
    exitCode: 7,
  },
  'registry backup': { words: ['there', '--data', 'missing'], code: 'DATA_DIRECTORY_UNUSABLE', exitCode: 2 },
  'registry collect': { words: registryNowhere, code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'registry import': { words: ['missing'], code: 'IMPORT_SOURCE_INVALID', exitCode: 2 },
  'registry pulls': { words: ['dev/web', ...registryNowhere], code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'registry repositories': { words: registryNowhere, code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'registry restore': { words: ['missing'], code: 'BACKUP_INVALID', exitCode: 2 },
  'registry retention': { words: ['dev/web', ...registryNowhere], code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'registry rotate-keys': { words: registryNowhere, code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'registry scrub': { words: registryNowhere, code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  serve: { words: [], env: { REDIS_URL: 'http://127.0.0.1' }, code: 'REDIS_URL_INVALID', exitCode: 2 },
  demo: { words: ['--builder', 'kaniko'], code: 'REQUEST_INVALID', exitCode: 2 },
  'users add': { words: ['ada', '--role', 'viewer', ...nowhere], code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'users list': { words: nowhere, code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'users remove': { words: ['ada'], code: 'CONFIRMATION_NEEDED', exitCode: 2 },
  'tokens create': { words: ['ci', '--role', 'viewer', ...nowhere], code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'tokens list': { words: registryNowhere, code: 'SERVICE_UNREACHABLE', exitCode: 7 },
  'tokens revoke': { words: ['ci'], code: 'CONFIRMATION_NEEDED', exitCode: 2 },
  'config validate': { words: ['missing.yml'], code: 'CONFIG_INVALID', exitCode: 2 },
  'config schema': undefined,
};

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-json-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Verbs that do something themselves though there are verbs below them. */
const actingAbove = ['release', 'tags'];

/** The verbs there are, with the words of those above them. */
function verbsOf(command: Command, above: readonly string[] = []): readonly string[] {
  return command.commands.flatMap((child) => {
    const words = [...above, child.name()];
    const below = verbsOf(child, words);
    return below.length === 0 || actingAbove.includes(child.name()) ? [words.join(' '), ...below] : below;
  });
}

/** The one document on stdout, when the same is told on stderr. */
function errorIn(ran: Ran): Record<string, unknown> {
  const { error, ...others } = JSON.parse(ran.stdout);
  expect(others).toEqual({});
  expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'wayOut']);
  expect(error.wayOut).toMatch(/\S/);
  expect(ran.stderr).toContain(`error ${error.code}: ${error.message}\nway out: ${error.wayOut}\n`);
  return error;
}

it('every verb there is has a case here', async () => {
  const program = await buildProgram(openTestShell().shell, '9.9.9', async () => undefined);
  expect(Object.keys(cases).toSorted()).toEqual(verbsOf(program).toSorted());
});

it.each(Object.keys(cases))('%s --json prints what is wrong with the command line as a document', async (verb) => {
  const ran = await runWords([...verb.split(' '), '--json', '--no-such-flag'], { cwd: directory });
  expect(ran.exitCode).toBe(2);
  expect(errorIn(ran)).toMatchObject({ code: 'REQUEST_INVALID' });
});

const failing = Object.entries(cases).flatMap(([verb, wrong]) => (wrong === undefined ? [] : [{ verb, ...wrong }]));
it.each(failing)('$verb --json prints what goes wrong while it runs as a document', async (wrong) => {
  const { verb, words, env = {}, code, exitCode } = wrong;
  const ran = await runWords([...verb.split(' '), ...words, '--json'], { cwd: directory, env });
  expect(ran.exitCode).toBe(exitCode);
  expect(errorIn(ran)).toMatchObject({ code });
});

describe('an error with --json', () => {
  it('is the problem of the service, when that is where it comes from', async () => {
    const service = await openFakeService({ problem: problemOf('APP_UNKNOWN', 404, 'unknown app: web') });
    const words = ['promote', 'web', 'staging', '--yes', '--json', '--url', service.url];
    const ran = await runWords(words);
    await service.close();
    const { code, message, wayOut } = errorIn(ran);
    expect([code, message, wayOut]).toEqual(['APP_UNKNOWN', 'unknown app: web', 'way out of APP_UNKNOWN']);
  });

  it('holds no secret', async () => {
    const ran = await runWords(['status', '--json', '--url', 'http://admin:s3cr3t@127.0.0.1']);
    expect(errorIn(ran)).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(ran.stdout).not.toContain('s3cr3t');
  });

  it('of no verb at all is a document, too', async () => {
    for (const words of [['--json'], ['promot', '--json'], ['config', '--json']]) {
      expect(errorIn(await runWords(words))).toMatchObject({ code: 'REQUEST_INVALID' });
    }
  });

  it('is talk alone where --json is the value of another flag', async () => {
    const ran = await runWords(['rollback', 'web', 'staging', '--yes', '--reason', '--json', ...nowhere]);
    expect(ran).toMatchObject({ exitCode: 7, stdout: '' });
  });

  it('leaves stdout empty on an interruption, which is none', async () => {
    const ran = await runWords(['status', '--json', ...nowhere], { signal: AbortSignal.abort() });
    expect(ran).toMatchObject({ exitCode: 130, stdout: '', stderr: 'interrupted\n' });
  });
});
