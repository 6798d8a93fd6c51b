/** The command line's own mistakes: each is told in the form of all errors, with a way out, on stderr. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWords } from './test-shell.ts';

/** A port that nobody can listen on. */
const nowhere = 'http://127.0.0.1:1';

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-'));
  await writeFile(join(directory, 'empty.token'), '\n');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a bad command line', () => {
  const cases: readonly { words: readonly string[]; exitCode: number; code: string; says?: string; wayOut?: string }[] =
    [
      {
        words: ['promot'],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        says: 'did you mean promote?',
        wayOut: 'see registry-action --help',
      },
      {
        words: ['promote', 'web'],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        says: "missing required argument 'environment'",
        wayOut: 'see registry-action promote --help',
      },
      {
        words: ['promote', 'web', 'staging', '1.0.0', 'more'],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        says: 'too many arguments',
      },
      {
        words: ['registry', 'collect', '--url', nowhere],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        says: "unknown option '--url'",
        wayOut: 'see registry-action registry collect --help',
      },
      { words: ['status', '--jsn'], exitCode: 2, code: 'REQUEST_INVALID', says: 'did you mean --json?' },
      { words: ['promote', 'web', 'staging', '--timeout', 'soon'], exitCode: 2, code: 'REQUEST_INVALID', says: 'soon' },
      { words: ['serve', '--api-port', '70000'], exitCode: 2, code: 'REQUEST_INVALID', says: '70000' },
      {
        words: ['status', '--url', 'localhost:7420'],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        says: 'localhost:7420',
        wayOut: 'http://127.0.0.1:7420',
      },
      {
        words: ['status', '--url', 'http://admin:secret@127.0.0.1'],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        wayOut: 'REGISTRY_ACTION_TOKEN',
      },
      {
        words: ['status', '--url', nowhere],
        exitCode: 7,
        code: 'SERVICE_UNREACHABLE',
        says: `${nowhere} (connection refused)`,
        wayOut: 'registry-action serve',
      },
      { words: ['history', 'web', 'staging', '--url', nowhere], exitCode: 7, code: 'SERVICE_UNREACHABLE' },
      { words: ['promote', 'web', 'staging', '--yes', '--url', nowhere], exitCode: 7, code: 'SERVICE_UNREACHABLE' },
      {
        words: ['status', '--token-file', 'missing.token'],
        exitCode: 2,
        code: 'TOKEN_FILE_INVALID',
        says: 'missing.token',
      },
      {
        words: ['status', '--token-file', 'empty.token'],
        exitCode: 2,
        code: 'TOKEN_FILE_INVALID',
        says: 'empty.token',
      },
      { words: ['tags', 'web'], exitCode: 2, code: 'REFERENCE_INVALID', wayOut: 'registry/repository' },
      {
        words: ['tags', '127.0.0.1:1/web:1.0.0'],
        exitCode: 2,
        code: 'REFERENCE_INVALID',
        wayOut: 'write 127.0.0.1:1/web',
      },
      { words: ['tags', '127.0.0.1:1/UPPER'], exitCode: 2, code: 'REFERENCE_INVALID' },
      {
        words: ['copy', '127.0.0.1:1/web', 'oci:there'],
        exitCode: 2,
        code: 'REFERENCE_INVALID',
        says: 'neither tag nor digest',
      },
      {
        words: ['copy', 'oci:missing:1.0.0', 'oci:there'],
        exitCode: 4,
        code: 'MANIFEST_UNKNOWN',
        says: 'no image layout',
      },
      {
        words: ['copy', 'alpine:3.20', 'oci:x'],
        exitCode: 2,
        code: 'REFERENCE_INVALID',
        wayOut: 'for Docker Hub docker.io/alpine:3.20',
      },
      {
        words: ['copy', './layout:1.0', 'oci:x'],
        exitCode: 2,
        code: 'REFERENCE_INVALID',
        wayOut: 'for a directory write oci:./layout:1.0',
      },
      {
        words: ['copy', 'https://ghcr.io/acme/web:1.0', 'oci:x'],
        exitCode: 2,
        code: 'REFERENCE_INVALID',
        wayOut: 'leave out https://',
      },
      {
        words: ['copy', 'docker://alpine', 'oci:x'],
        exitCode: 2,
        code: 'REFERENCE_INVALID',
        wayOut: 'for Docker Hub docker.io/alpine',
      },
      {
        words: ['copy', 'oci:', 'oci:there'],
        exitCode: 2,
        code: 'REFERENCE_INVALID',
        says: 'the directory is missing',
      },
      { words: ['tags', '127.0.0.1:1/web'], exitCode: 7, code: 'REGISTRY_UNREACHABLE' },
      {
        words: ['tags', '127.0.0.1:1/web', '--ca-file', 'missing.pem'],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        says: 'missing.pem',
      },
      { words: ['config', 'validate', 'missing.yml'], exitCode: 2, code: 'CONFIG_INVALID', says: 'missing.yml' },
      {
        words: ['demo', '--builder', 'kaniko'],
        exitCode: 2,
        code: 'REQUEST_INVALID',
        says: 'kaniko',
        wayOut: 'buildah, docker, podman, none',
      },
    ];
  for (const { words, exitCode, code, says, wayOut } of cases) {
    it(`exits ${exitCode} with ${code}: ${words.join(' ')}`, async () => {
      const ran = await runWords(words, { cwd: directory, answers: [] });
      expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode, stdout: '' });
      const [first = '', ...rest] = ran.stderr.trimEnd().split('\n');
      expect(first).toMatch(new RegExp(`^error ${code}: .`));
      expect(first).toContain(says ?? '');
      expect(rest.at(-1)).toMatch(/^way out: ./);
      expect(rest.at(-1)).toContain(wayOut ?? '');
      expect(ran.stderr).not.toContain('secret');
    });
  }
});

describe('a good command line', () => {
  const cases = [
    { words: ['--version'], exitCode: 0, stdout: '9.9.9\n' },
    { words: ['--help'], exitCode: 0, stdout: 'Exit codes:' },
    { words: ['help', 'rollback'], exitCode: 0, stdout: '--reason <text>' },
    { words: ['promote', '--help'], exitCode: 0, stdout: '--expect-current <digest>' },
    { words: ['config', 'schema'], exitCode: 0, stdout: '"$schema"' },
  ];
  for (const { words, exitCode, stdout } of cases) {
    it(`exits ${exitCode} and prints to stdout: ${words.join(' ')}`, async () => {
      const ran = await runWords(words);
      expect(ran.exitCode).toBe(exitCode);
      expect(ran.stdout).toContain(stdout);
      expect(ran.stderr).toBe('');
    });
  }

  it('without a verb prints the help as talk and exits 2', async () => {
    const ran = await runWords([]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('Usage: registry-action');
  });

  it('has --json on every verb that shows something, and --dry-run and --yes on every verb that changes something', async () => {
    for (const verb of ['promote', 'rollback', 'status', 'history', 'doctor', 'copy', 'tags', 'serve', 'demo']) {
      expect((await runWords([verb, '--help'])).stdout, verb).toContain('--json');
    }
    for (const verb of ['promote', 'rollback', 'copy']) {
      const { stdout } = await runWords([verb, '--help']);
      expect(stdout, verb).toContain('--dry-run');
      expect(stdout, verb).toContain('--yes');
    }
  });

  it('has no flag whose value is a secret', async () => {
    const { stdout } = await runWords(['promote', '--help']);
    expect(stdout).not.toMatch(/--(token|password|secret) /);
  });
});
