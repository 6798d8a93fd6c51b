/** What CI's closing line counts: nothing that hides a failure passes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sumSuite } from '../../scripts/sum-reports.mjs';

const script = join(import.meta.dirname, '../../scripts/sum-reports.mjs');
const directory = mkdtempSync(join(tmpdir(), 'sum-reports-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(...statuses: readonly string[]) {
  return {
    name: '/clone/test/a.test.ts',
    status: statuses.every((status) => status === 'passed') ? 'passed' : 'failed',
    assertionResults: statuses.map((status, index) => ({ fullName: `case ${index}`, status })),
  };
}

interface Case {
  readonly exitCode: number;
  readonly files: readonly (ReturnType<typeof file> & { readonly message?: string })[];
  readonly passed: number;
  readonly failures: readonly unknown[];
}

function expectCase({ exitCode, files, passed, failures }: Case) {
  const report = { success: exitCode === 0, testResults: [...files] };
  expect(sumSuite({ name: 'test', exitCode, report, reportPath: 'report.json' })).toEqual({ passed, failures });
}

describe('a suite with a report', () => {
  it('counts each test', () => {
    expectCase({ exitCode: 0, files: [file('passed', 'passed'), file('passed')], passed: 3, failures: [] });
  });

  it('counts a failed, a skipped and an unfinished test as failed', () => {
    const files = [file('passed', 'failed', 'skipped', 'pending', 'todo')];
    const failures = ['failed: case 1', 'skipped: case 2', 'pending: case 3', 'todo: case 4'].map(
      (it) => `test: ${it}`,
    );
    expectCase({ exitCode: 1, files, passed: 1, failures });
  });

  it('counts a file that did not load and a file without a test as failed', () => {
    const files = [file('passed'), { ...file(), status: 'failed', message: 'no such module' }, file()];
    const failures = [expect.stringContaining('no such module'), expect.stringContaining('no test in it')];
    expectCase({ exitCode: 1, files, passed: 1, failures });
  });

  it('counts a hook that threw after every test had passed', () => {
    expectCase({
      exitCode: 1,
      files: [{ ...file('passed'), status: 'failed', message: 'afterAll threw' }],
      passed: 1,
      failures: [expect.stringContaining('afterAll threw')],
    });
  });

  it('counts an empty suite as failed', () => {
    expectCase({ exitCode: 0, files: [], passed: 0, failures: [expect.stringContaining('no test ran')] });
  });

  it('counts an exit code that no test explains as failed', () => {
    expectCase({ exitCode: 124, files: [file('passed')], passed: 1, failures: [expect.stringContaining('124')] });
  });

  it('counts a missing report as failed', () => {
    expect(sumSuite({ name: 'e2e', exitCode: 0, report: undefined, reportPath: '/nowhere.json' })).toEqual({
      passed: 0,
      failures: [expect.stringContaining('no report')],
    });
  });
});

describe('the closing line', () => {
  it('is the sum of all suites, alone, with exit code 0 when nothing failed', () => {
    const report = join(directory, 'green.json');
    writeFileSync(report, JSON.stringify({ success: true, testResults: [file('passed', 'passed')] }));
    const output = execFileSync(process.execPath, [script, 'check=0', `test=0=${report}`], { encoding: 'utf8' });
    expect(output).toBe('3 passed, 0 failed\n');
  });

  it('comes after each failure, with exit code 1', () => {
    const report = join(directory, 'broken.json');
    writeFileSync(report, '{"success":');
    const run = spawnSync(process.execPath, [script, 'check=2', 'demo=0', `test=0=${report}`], { encoding: 'utf8' });
    expect(run.stdout.trimEnd().split('\n')).toEqual([
      'failed: check: exit code 2',
      'failed: test: no report (exit code 0)',
      '1 passed, 2 failed',
    ]);
    expect(run.status).toBe(1);
  });

  it('fails when no suite is named', () => {
    const run = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect(run.stdout).toMatch(/\n0 passed, 1 failed\n$/);
    expect(run.status).toBe(1);
  });
});
