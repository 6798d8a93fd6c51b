/** What git is asked on a runner. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openGit } from '../../action/ask-git.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ask-git-'));
  execFileSync('git', ['init', '--quiet', directory]);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

it('answers what git wrote without its last line break, and shows none of it', async () => {
  const written = vi.spyOn(process.stdout, 'write');
  expect(await openGit(directory, process.env)(['rev-parse', '--is-inside-work-tree'])).toBe('true');
  expect(written.mock.calls.map(([text]) => String(text)).join('')).toBe('');
  written.mockRestore();
});

it('answers nothing where git says no, or is not there', async () => {
  expect(await openGit(directory, process.env)(['rev-parse', 'HEAD^{commit}'])).toBe(undefined);
  expect(await openGit(join(directory, 'absent'), process.env)(['--version'])).toBe(undefined);
});

it('gives git the environment it was opened with, and no other', async () => {
  const env = {
    PATH: process.env['PATH'],
    GIT_AUTHOR_NAME: 'acme',
    GIT_AUTHOR_EMAIL: 'acme@example.com',
    HOME: directory,
  };
  expect(await openGit(directory, env)(['var', 'GIT_AUTHOR_IDENT'])).toMatch(/^acme <acme@example\.com> /);
});
