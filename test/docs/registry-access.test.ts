/** The page on the embedded registry: its examples are valid, and where it is about access it has every word. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../api/config.ts';
import { grantedVerbs, roles, verbsOfRole } from '../../core/access.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/registry.md'), 'utf8');

function sectionOf(title: string): string {
  const [, section = ''] = page.split(`\n## ${title}\n`);
  return section.split('\n## ')[0] ?? '';
}

describe('the page on the embedded registry', () => {
  it('has examples of configurations that are valid', () => {
    const examples = [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(() => parseConfig(example, 'page.yaml')).not.toThrow();
  });

  it('has every role, and what each may do with images', () => {
    const section = sectionOf('Users, tokens and rules');
    const [, table = ''] = /\| role \|.*\n([\s\S]*?)\n\n/.exec(section) ?? [];
    const rows = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, role]) => role);
    expect(rows.toSorted()).toEqual([...roles].toSorted());
    expect(verbsOfRole('pusher')).toEqual(expect.arrayContaining(['pull', 'push', 'overwrite']));
    for (const verb of grantedVerbs) expect(section).toContain(`\`${verb}\``);
  });
});
