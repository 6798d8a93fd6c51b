/** What the README says of the configuration and of exit codes is so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../api/config.ts';
import { exitCodes } from '../../cli/exit-code.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

it('the configuration in the README is a valid one', () => {
  const [, yaml = ''] = /```yaml\n(# registry-action\.yml\n.*?)```/s.exec(readme) ?? [];
  expect(parseConfig(yaml, 'registry-action.yml').environments.map(({ name }) => name)).toEqual([
    'dev',
    'staging',
    'production',
  ]);
});

it('the exit codes in the README are those of the command line', () => {
  const [, section = ''] = readme.split('## Exit codes');
  const codes = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
});
