/**
 * Writes action.yml and the tables of the README from the tables of settings and outputs; with --check it only says
 * whether they are what they should be.
 *
 * Run with `npm run docs`. They are generated so that no input can exist which is not described, and none the other way
 * round.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { listedOutputs } from '../release/outputs/listed-outputs.ts';
import type { OutputEntry } from '../release/settings/outputs.ts';
import { commandNames, type Setting, settingGroups } from '../release/settings/setting.ts';
import { settings } from '../release/settings/settings.ts';

/** The text of action.yml. */
export function renderActionFile(): string {
  return [
    '# Written by `npm run docs` from the tables in release/settings/. Edit those.',
    'name: registry-action',
    `description: ${quote(description)}`,
    'author: registry-action',
    'branding:',
    '  icon: package',
    '  color: blue',
    'inputs:',
    ...settings.flatMap(inputLines),
    'outputs:',
    ...listedOutputs.flatMap(outputLines),
    'runs:',
    '  using: node24',
    '  main: dist/index.cjs',
    '  post: dist/index.cjs',
    '',
  ].join('\n');
}

const description =
  'Builds and pushes semver-tagged container images with the registry looked at first, promotes them by digest from ' +
  'environment to environment, and rolls them back';

function inputLines(setting: Setting): readonly string[] {
  const { name, githubDefault } = setting;
  const preset = githubDefault === undefined ? setting.default : `\${{ ${githubDefault} }}`;
  return [
    `  ${name}:`,
    `    description: ${quote(setting.description)}`,
    '    required: false',
    ...(preset === undefined ? [] : [`    default: ${quote(preset)}`]),
  ];
}

function outputLines({ name, description: meaning }: OutputEntry): readonly string[] {
  return [`  ${name}:`, `    description: ${quote(meaning)}`];
}

/** What JSON quotes, YAML reads the same. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** The page with the tables between its marks. */
export function renderReadme(page: string): string {
  return withBetween(withBetween(page, 'inputs', renderInputs()), 'outputs', renderOutputs());
}

function withBetween(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: written by \`npm run docs\` -->`, `<!-- end of ${name} -->`];
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before === -1 || after < before) throw new Error(`README.md has no marks for its ${name}: ${begin} … ${end}`);
  return `${page.slice(0, before + begin.length)}\n\n${content}\n\n${page.slice(after)}`;
}

function renderInputs(): string {
  return settingGroups
    .map(({ name, title }) => {
      const rows = settings.filter(({ group }) => group === name).map(inputRow);
      return [`#### ${title}`, '', '| input | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
    })
    .join('\n\n');
}

function inputRow(setting: Setting): string {
  const { name, githubDefault, commands } = setting;
  const preset = githubDefault ?? setting.default;
  const choices = setting.choices === undefined ? '' : ` One of ${listOf(setting.choices)}.`;
  const most = commands.length === commandNames.length || isUsual(commands) ? '' : ` (${listOf(commands)})`;
  return `| \`${name}\` | ${preset === undefined ? '' : `\`${cell(preset)}\``} | ${cell(setting.description + choices)}${most} |`;
}

/** The commands that release are what a reader expects. */
function isUsual(commands: readonly string[]): boolean {
  return commands.includes('release');
}

function renderOutputs(): string {
  const rows = listedOutputs.map(
    ({ name, description: meaning, commands }) =>
      `| \`${name}\` | ${cell(meaning)}${isUsual(commands) ? '' : ` (${listOf(commands)})`} |`,
  );
  return ['| output | meaning |', '| --- | --- |', ...rows].join('\n');
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) {
  const [actionPath, readmePath] = ['../action.yml', '../README.md'].map((path) => new URL(path, import.meta.url));
  const readme = readFileSync(readmePath ?? '', 'utf8');
  const pages = [
    { path: actionPath ?? '', text: renderActionFile() },
    { path: readmePath ?? '', text: renderReadme(readme) },
  ];
  for (const { path, text } of pages) {
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readOptional(path) !== text) {
      console.error(`${path} is not what the tables in release/settings say: run \`npm run docs\``);
      process.exitCode = 1;
    }
  }
}

function readOptional(path: URL | string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
