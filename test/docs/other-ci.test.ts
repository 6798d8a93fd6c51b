/** The page on other CI systems: every command line on it is understood, and its tables are what the code has. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../../cli/exit-code.ts';
import { renderEnv } from '../../cli/release/output-file.ts';
import { releaseDocument } from '../../cli/release/release-document.ts';
import { settingsWithoutFlag } from '../../cli/release/setting-flags.ts';
import { readSettings } from '../../release/settings/read-settings.ts';
import { settingVariable } from '../../release/settings/setting-variable.ts';
import { settings } from '../../release/settings/settings.ts';
import { releaseOutcome } from '../action/sample-outcome.ts';
import { commandLinesIn } from '../cli/command-lines-in.ts';
import { parseRelease, releaseVerb } from '../cli/parse-release.ts';
import { readText } from '../repository-files.ts';

const page = readText('docs/other-ci.md');

/** Code blocks with their language and the heading they stand under. */
const blocks = page.split(/^## /m).flatMap((section) => {
  const [heading = ''] = section.split('\n');
  return [...section.matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language = '', text = '']) => ({
    heading,
    language,
    text,
  }));
});

const lines = blocks.flatMap(({ heading, text }) =>
  commandLinesIn(text).map((words) => ({ heading, line: words.join(' '), words })),
);

it.each(lines)('$heading: registry-action $line', async ({ words }) => {
  const [verb, ...others] = words;
  expect(verb).toBe('release');
  const [next] = others;
  const command = next === 'merge' || next === 'tag' ? next : 'release';
  const { texts } = await parseRelease(command === 'release' ? others : others.slice(1), command);
  const here = new Map(
    [...texts].map(([name, text]) => [name, text.replaceAll(/\$\w+/g, name === 'images' ? 'ghcr.io/acme/web' : 'x')]),
  );
  const { faults, notices } = readSettings(new Map([...here, ['command', command]]));
  faults.assertNone();
  expect(notices).toEqual([]);
  expect(texts.has('images')).toBe(true);
});

it('each system that it speaks of has a command line', () => {
  const headings = new Set(lines.map(({ heading }) => heading));
  expect([...headings]).toEqual(['GitLab', 'Jenkins', 'Buildkite', 'CircleCI', 'A laptop', 'Anywhere else']);
});

it('its snippets in YAML are YAML', () => {
  const snippets = blocks.filter(({ language }) => language === 'yaml');
  expect(snippets).toHaveLength(4);
  for (const { text } of snippets) expect(parse(text)).toBeTypeOf('object');
});

describe('its names', () => {
  it('of variables of ours are those of settings, or the token of the service', () => {
    const known = [...settings.map(({ name }) => settingVariable(name)), 'REGISTRY_ACTION_TOKEN', 'REGISTRY_ACTION_'];
    expect((page.match(/REGISTRY_ACTION_[A-Z_]*/g) ?? []).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('of settings without a flag are all there are', () => {
    const [, sentence = ''] = page.split('Four inputs have no flag:');
    const named = [...(sentence.split('\n\n')[0] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(settingsWithoutFlag));
  });

  it('of flags are flags of the program', async () => {
    const verbs = await Promise.all((['release', 'merge', 'tag'] as const).map(releaseVerb));
    const known = verbs.flatMap((verb) => verb.options.map(({ long }) => long));
    const ofOthers = ['--no-install-recommends', '--omit', '--prefix'];
    const named = new Set(page.match(/(?<![\w-])--[a-z][a-z-]+/g));
    expect([...named].filter((flag) => !known.includes(flag) && !ofOthers.includes(flag))).toEqual([]);
  });
});

it('the variables of an output file are those that it lists', () => {
  const listed = [...page.matchAll(/^\| `(RELEASE_\w+)` \|/gm)].map(([, name]) => name);
  const document = { ...releaseDocument(releaseOutcome()), promotion: { id: 'p1', state: 'promoted' } };
  const written = renderEnv(document)
    .split('\n')
    .map((line) => line.split('=')[0])
    .filter((name) => name !== '');
  expect(written).toEqual(listed);
});

it('the exit codes are some of ours', () => {
  const [, table = ''] = page.split('| exit code | meaning |');
  const codes = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = '']) => cell.split(', ').map(Number));
  expect(codes.filter((code) => !Object.values(exitCodes).some((known) => known === code))).toEqual([]);
  expect(codes).toEqual([0, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 130]);
});
