/** action.yml, the code and the tables of the README say the same. */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { listedOutputs } from '../../release/outputs/listed-outputs.ts';
import { settings } from '../../release/settings/settings.ts';
import { renderActionFile, renderReadme } from '../../scripts/write-action-page.ts';
import { listFiles, readText } from '../repository-files.ts';

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: unknown }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

const action: ActionFile = parse(readText('action.yml'));

test('action.yml is what the tables say', () => {
  expect(readText('action.yml')).toBe(renderActionFile());
});

test('the tables of the README are what the tables say', () => {
  expect(readText('README.md')).toBe(renderReadme(readText('README.md')));
});

test('each setting is an input, with its description and its default as text', () => {
  expect(Object.keys(action.inputs)).toEqual(settings.map(({ name }) => name));
  for (const { name, description, default: preset, githubDefault } of settings) {
    const expected = githubDefault === undefined ? preset : `\${{ ${githubDefault} }}`;
    expect([name, action.inputs[name]?.description, action.inputs[name]?.default]).toEqual([
      name,
      description,
      expected,
    ]);
  }
});

test('each output is listed with its description', () => {
  expect(Object.entries(action.outputs).map(([name, { description }]) => [name, description])).toEqual(
    listedOutputs.map(({ name, description }) => [name, description]),
  );
});

test('each input and output has a row in the README', () => {
  const readme = readText('README.md');
  for (const name of [...Object.keys(action.inputs), ...Object.keys(action.outputs)]) {
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  }
});

test('no input and no output is called like another in another case, or with another sign between', () => {
  for (const names of [Object.keys(action.inputs), Object.keys(action.outputs)]) {
    expect(names.every((name) => /^[a-z]+(-[a-z]+)*$/.test(name))).toBe(true);
    expect(new Set(names.map((name) => name.replaceAll('-', ''))).size).toBe(names.length);
  }
});

test('main and post are one file that is there, on Node 24', () => {
  expect(action.runs).toEqual({ using: 'node24', main: 'dist/index.cjs', post: 'dist/index.cjs' });
  expect(listFiles()).toContain('dist/index.cjs');
});

test('each input that the README’s examples write is one', () => {
  const section = readText('README.md').split('## Release from GitHub')[1]?.split('### Inputs')[0] ?? '';
  const examples = [...section.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']): unknown => parse(text));
  const written = examples.flatMap(inputsIn);
  expect(examples.length).toBeGreaterThan(5);
  expect(written.length).toBeGreaterThan(15);
  expect(written.filter((name) => !(name in action.inputs))).toEqual([]);
});

/** The names that steps with our Action write; an example that is no workflow shows the inputs alone. */
function inputsIn(example: unknown): readonly string[] {
  if (typeof example !== 'object' || example === null) return [];
  const isWorkflow = Array.isArray(example) || 'jobs' in example || 'steps' in example;
  return isWorkflow ? stepInputs(example) : Object.keys(example);
}

function stepInputs(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { uses, with: inputs }: { readonly uses?: unknown; readonly with?: unknown } = Object(value);
  if (String(uses).startsWith('org/registry-action@')) return Object.keys(Object(inputs));
  return Object.values(value).flatMap(stepInputs);
}
