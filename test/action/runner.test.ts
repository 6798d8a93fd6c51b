/** The runner over @actions/core: what reaches the log, and what the real runner would obey of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFileCommands, readWorkflowLog } from './workflow-log.ts';

const root = join(import.meta.dirname, '..', '..');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runner-test-'));
  for (const name of ['output', 'state', 'summary']) writeFileSync(join(directory, name), '');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What a step writes that uses its runner so. */
function logOf(statements: string, env: Readonly<Record<string, string>> = {}) {
  const program = `
    import { openRunner } from './action/runner.ts';
    let ids = 0;
    const runner = openRunner({
      env: process.env,
      cwd: '/workspace',
      temporary: '/nowhere',
      signal: new AbortController().signal,
      now: () => 0,
      newId: () => 'id-' + ids++,
    });
    ${statements}`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      GITHUB_OUTPUT: join(directory, 'output'),
      GITHUB_STATE: join(directory, 'state'),
      GITHUB_STEP_SUMMARY: join(directory, 'summary'),
      ...env,
    },
  });
  expect(ended.stderr).toBe('');
  return readWorkflowLog(ended.stdout);
}

const fileOf = (name: string) => readFileSync(join(directory, name), 'utf8');

test('a line of a builder commands nothing, and is shown as it is', () => {
  const line = '::set-output name=digest::evil';
  const { commands, shown } = logOf(`
    const group = runner.openGroup('Build');
    group.write(${JSON.stringify(line)});
    group.write('##[add-path]/evil');
    group.write('::id-0-guessed::');
    group.write(${JSON.stringify(line)});
    group.close();
    runner.say('after');`);
  expect(commands.map(({ name }) => name)).toEqual(['group', 'endgroup']);
  expect(shown).toEqual(expect.arrayContaining([line, '##[add-path]/evil', 'after']));
});

test('what the step says itself commands nothing, whoever wrote it', () => {
  const { commands, shown } = logOf(String.raw`runner.say('a\n::error::b\n  ::add-mask::c\n##[x]d');`);
  expect(commands).toEqual([]);
  expect(shown.slice(0, 4)).toEqual(['a', ': :error::b', '  : :add-mask::c', '# #[x]d']);
});

test('an annotation goes over several lines and has its file and line', () => {
  const { commands } = logOf(
    String.raw`runner.annotate({ kind: 'warning', message: 'a\n::error::b', title: 't: u', file: 'Dockerfile', line: 3 });`,
  );
  expect(commands).toEqual([
    { name: 'warning', properties: { title: 't: u', file: 'Dockerfile', line: '3' }, value: 'a\n::error::b' },
  ]);
});

test('secrets are announced and then appear nowhere', () => {
  const { commands, shown } = logOf(`
    runner.mask('hunter2-hunter2');
    runner.say('x hunter2-hunter2 y');
    runner.annotate({ kind: 'error', message: 'hunter2-hunter2' });
    const group = runner.openGroup('Build');
    group.write('password=hunter2-hunter2');
    group.close();
    await runner.summarize('hunter2-hunter2');`);
  const masked = commands.filter(({ name }) => name === 'add-mask').map(({ value }) => value);
  expect(masked).toContain('hunter2-hunter2');
  const others = commands.filter(({ name }) => name !== 'add-mask');
  expect(JSON.stringify([others, shown, fileOf('summary')])).not.toContain('hunter2');
  expect(fileOf('summary')).toContain('***');
});

test('outputs and states of several lines are read back as they were written', () => {
  logOf(String.raw`runner.output('tags', 'a\nb'); runner.saveState('directory', '/x\ny'); runner.output('none', '');`);
  expect(Object.fromEntries(readFileCommands(fileOf('output')))).toEqual({ tags: 'a\nb', none: '' });
  expect(Object.fromEntries(readFileCommands(fileOf('state')))).toEqual({ directory: '/x\ny' });
});

test('inputs keep the space within, and those that were not given are empty', () => {
  const { shown } = logOf(`runner.say(JSON.stringify([runner.input('build-args'), runner.input('images')]));`, {
    'INPUT_BUILD-ARGS': 'A=1\n  B=2',
  });
  expect(JSON.parse(shown[0] ?? '')).toEqual(['A=1\n  B=2', '']);
});

test('a runner without summaries is given none', () => {
  const { shown } = logOf(`await runner.summarize('text'); runner.say('passed');`, { GITHUB_STEP_SUMMARY: '' });
  expect(shown[0]).toBe('passed');
});

test('a summary that cannot be written is told and fails nothing', () => {
  const { shown } = logOf(`await runner.summarize('text'); runner.say('passed');`, {
    GITHUB_STEP_SUMMARY: join(directory, 'absent', 'summary'),
  });
  expect(shown[0]).toMatch(/^the summary could not be written/);
  expect(shown[1]).toBe('passed');
});
