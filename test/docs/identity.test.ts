/** The page on workloads: its examples are valid, and its table has every key of a rule. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../api/config.ts';
import { writtenWhoSchema } from '../../api/written-access.ts';
import { applyRules, defaultEvents } from '../../core/access-rule.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/identity.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n(identity:[^`]*)```/g)].map(([, text = '']) => text);

const places = `
registries: { hub: { url: https://ghcr.io } }
apps: { web: { repository: acme/web } }
environments:
  dev: { registry: hub, repository: "{repository}" }
  staging: { registry: hub, repository: "staging/{app}", from: dev }
  production: { registry: hub, repository: "production/{app}", from: staging }
`;

describe('the page on workloads', () => {
  it('has examples that are valid configurations', () => {
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(parseConfig(places + example, 'page.yaml').access.length).toBeGreaterThan(0);
  });

  it('has a first example in which the main branch may promote to production, and a tag may not', () => {
    const { access } = parseConfig(places + examples[0], 'page.yaml');
    const run = {
      ...{ issuer: 'github', repository: 'acme/web', repositoryId: '456789', ownerId: '123456', runner: undefined },
      ...{ workflow: 'acme/web/.github/workflows/promote.yml@refs/heads/main', event: 'workflow_dispatch' },
    };
    const main = applyRules(access, { ...run, ref: 'refs/heads/main', environment: 'production' });
    const tag = applyRules(access, { ...run, ref: 'refs/tags/v1.2.3', environment: undefined, event: 'push' });
    expect(main.grants.flatMap((grant) => grant.in)).toContain('production');
    expect(tag.grants.flatMap((grant) => grant.in)).toEqual(['staging']);
  });

  it('explains every key that a rule can ask for, and no other', () => {
    const [, table = ''] = /\| `who` \|.*\n([\s\S]*?)\n\n/.exec(page) ?? [];
    const keys = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    expect(keys).toEqual(Object.keys(writtenWhoSchema.shape));
  });

  it('names the events that are taken where none are named', () => {
    for (const event of defaultEvents) expect(page).toContain(`\`${event}\``);
  });
});
