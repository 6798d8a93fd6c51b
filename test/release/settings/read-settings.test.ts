import { describe, expect, test } from 'vitest';
import { readSettings } from '../../../release/settings/read-settings.ts';
import { settings } from '../../../release/settings/settings.ts';
import { faultySettings, refusalOf } from './expect-fault.ts';

const read = (written: Readonly<Record<string, string>>) => readSettings(new Map(Object.entries(written)));
const refused = (written: Readonly<Record<string, string>>) => refusalOf(() => read(written).faults.assertNone());

describe('the table', () => {
  test('names each setting once, in kebab-case', () => {
    const names = settings.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
  });

  test('describes each setting in one sentence', () => {
    const breaches = settings.filter(({ description }) => !/^[A-Z][^\n]*[^.]\.$/.test(description));
    expect(breaches.map(({ name }) => name)).toEqual([]);
  });

  test('has choices where there is something to choose, and defaults that can be read', () => {
    for (const { name, kind, choices, default: text, commands } of settings) {
      expect(choices !== undefined, name).toBe(kind === 'choice');
      expect(commands.length, name).toBeGreaterThan(0);
      if (text !== undefined && name !== 'command')
        read({ command: commands[0] ?? '', [name]: text }).faults.assertNone();
    }
  });

  test('has a default for each flag, choice and duration', () => {
    const without = settings.filter(
      ({ kind, default: text }) => /flag|choice|duration/.test(kind) && text === undefined,
    );
    expect(without).toEqual([]);
  });
});

describe('values', () => {
  test('are the defaults when nothing is written', () => {
    const values = read({});
    expect(values.command).toBe('release');
    expect(values.text('context')).toBe('.');
    expect(values.text('file')).toBeUndefined();
    expect(values.flag('push')).toBe(true);
    expect(values.choice('builder')).toBe('auto');
    expect(values.list('rungs')).toEqual(['exact', 'minor', 'major', 'latest', 'channel']);
    expect(values.pairs('build-args')).toEqual([]);
    expect(values.isGiven('context')).toBe(false);
    expect(read({ command: 'promote' }).durationMs('timeout')).toBe(600_000);
    expect(values.notices).toEqual([]);
  });

  test('that are empty count as not written', () => {
    const values = read({ command: ' ', push: '', context: '\n', labels: '  ' });
    expect([values.command, values.flag('push'), values.text('context')]).toEqual(['release', true, '.']);
    expect(values.isGiven('push')).toBe(false);
  });

  test.each([
    ['true', true],
    ['True', true],
    ['TRUE', true],
    ['false', false],
    ['False', false],
    ['FALSE', false],
    [' true\n', true],
  ])('of a flag may be %j', (text, expected) => {
    expect(read({ load: text }).flag('load')).toBe(expected);
  });

  test.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['168h', 604_800_000],
  ])('of a duration may be %s', (text, expected) => {
    expect(read({ command: 'promote', timeout: text }).durationMs('timeout')).toBe(expected);
  });

  test.each([
    ['["sh", "-c", "exec app"]', ['sh', '-c', 'exec app']],
    ['/app  --port 80', ['/app', '--port', '80']],
    ['[]', []],
  ])('of words may be %s', (text, expected) => {
    expect(read({ entrypoint: text }).list('entrypoint')).toEqual(expected);
  });

  test('are lists by line and comma where other actions have them so', () => {
    const values = read({
      platforms: 'linux/amd64,linux/arm64\n# none\n',
      'cache-from': 'type=gha,scope=a\ntype=inline',
    });
    expect(values.list('platforms')).toEqual(['linux/amd64', 'linux/arm64']);
    expect(values.list('cache-from')).toEqual(['type=gha,scope=a', 'type=inline']);
  });

  test('of pairs keep their equals signs', () => {
    expect(read({ 'build-args': 'A=b=c\nD=' }).pairs('build-args')).toEqual([
      { name: 'A', value: 'b=c' },
      { name: 'D', value: '' },
    ]);
  });

  test('that the command has no use for are left out and noticed, save defaults', () => {
    const values = read({ command: 'status', platforms: 'linux', push: 'true', token: 'x', builder: 'docker' });
    expect(values.notices.map(({ code }) => code)).toEqual(['setting-unused', 'setting-unused']);
    expect(values.list('platforms')).toEqual([]);
    values.faults.assertNone();
  });
});

describe('a refusal', () => {
  test.each([
    ['a flag that is neither', { push: 'yes' }, 'push'],
    ['a flag in other capitals', { push: 'tRUE' }, 'push'],
    ['a choice that is none', { builder: 'kaniko' }, 'builder'],
    ['a duration without a unit we know', { command: 'promote', timeout: '10 min' }, 'timeout'],
    ['a duration of more than a week', { command: 'promote', timeout: '169h' }, 'timeout'],
    ['a pair without an equals sign', { labels: 'a' }, 'labels'],
    ['a quote that is not closed', { images: '"ghcr.io/acme/app' }, 'images'],
    ['words with quotes', { cmd: 'sh -c "exec app"' }, 'cmd'],
    ['JSON that is no array of texts', { cmd: '["sh", 1]' }, 'cmd'],
    ['JSON that is none', { cmd: '[sh]' }, 'cmd'],
    ['a name that is unknown', { plattforms: 'linux' }, 'plattforms'],
    ['a name that objects inherit', { constructor: 'x' }, 'constructor'],
    ['a command that is none', { command: 'relase' }, 'command'],
  ])('of %s names the setting', (_of, written, name) => {
    expect(faultySettings(() => read(written).faults.assertNone())).toEqual([name]);
  });

  test('names the value and what to write', () => {
    const { message, wayOut } = refused({ push: 'yes' });
    expect(message).toContain('"yes"');
    expect(wayOut).toContain('true');
  });

  test.each([
    ['plattforms', 'platforms'],
    ['build_args', 'build-args'],
    ['tags', 'extra-tags'],
    ['dockerfile', 'file'],
    ['registry', 'images'],
  ])('of the name %s suggests %s', (name, meant) => {
    expect(refused({ [name]: 'x' }).wayOut).toContain(meant);
  });

  test('lists everything that is wrong', () => {
    const { fields } = refused({ push: 'yes', load: 'no', plattforms: 'linux', platforms: 'linux/amd64' });
    expect(fields['settings']).toEqual(['push', 'load', 'plattforms']);
  });

  test('tells no secret, nor what an unknown setting says', () => {
    const error = refused({ secrets: 'hunter2', passwort: 'hunter3' });
    expect(JSON.stringify([error.message, error.wayOut, error.fields])).not.toMatch(/hunter/);
  });

  test('leaves the default in the place of what cannot be read', () => {
    const values = read({ push: 'yes', builder: 'kaniko', labels: 'a' });
    expect([values.flag('push'), values.choice('builder'), values.pairs('labels')]).toEqual([true, 'auto', []]);
  });
});
