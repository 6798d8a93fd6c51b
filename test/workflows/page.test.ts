/** The page on workflows: its tables are those of the files, its examples are valid. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../api/config.ts';
import { applyRules } from '../../core/access-rule.ts';
import { ownAction } from '../../scripts/stamp-workflows.ts';
import { readText } from '../repository-files.ts';
import { isCallable, jobsOf, parseWorkflow, readWorkflows } from './workflow-files.ts';

const page = readText('docs/workflows.md');
const starters = readWorkflows('workflows');
const callable = readWorkflows('.github/workflows').filter(isCallable);
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

/** The cells of the table that has this heading first. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const [, table = ''] = page.split(`| ${heading} |`);
  const lines = table.split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('each starter stands there with the workflow that it calls', () => {
  const listed = rowsOf('you want to').map(([, link = '', called = '']) => [
    /^\[([\w-]+\.yml)\]\(\.\.\/workflows\/\1\)$/.exec(link)?.[1],
    called.replaceAll('`', ''),
  ]);
  const there = starters.map((starter) => [starter.name, jobsOf(starter)[0]?.uses?.split('/').at(-1)?.split('@')[0]]);
  expect(listed.toSorted()).toEqual(there.toSorted());
});

test('each starter stands there with its permissions', () => {
  const scopes = ['contents', 'packages', 'id-token', 'issues', 'pull-requests'];
  const listed = Object.fromEntries(
    rowsOf('starter').map(([name = '', ...cells]) => [name.replaceAll('`', ''), cells]),
  );
  for (const starter of starters) {
    const { permissions = {} } = jobsOf(starter)[0] ?? {};
    expect([starter.name, scopes.map((scope) => permissions[scope] ?? '')]).toEqual([
      starter.name,
      listed[starter.name],
    ]);
    expect(Object.keys(permissions).filter((scope) => !scopes.includes(scope))).toEqual([]);
  }
});

describe('the rules for the service', () => {
  const rules = examples.find((text) => text.startsWith('access:')) ?? '';
  const { access } = parseConfig(
    `
registries: { hub: { url: https://ghcr.io } }
apps: { web: { repository: acme/web } }
environments:
  staging: { registry: hub, repository: "staging/{app}" }
  production: { registry: hub, repository: "production/{app}", from: staging }
identity: { issuers: { github: { issuer: "https://token.actions.githubusercontent.com", audience: "https://p.example" } } }
${rules}`,
    'page.yaml',
  );
  const granted = (
    workflow: string,
    run: { readonly event?: string; readonly ref?: string; readonly environment?: string },
  ) =>
    applyRules(access, {
      ...{ issuer: 'github', repository: 'acme/web', repositoryId: '456789', ownerId: '123456', runner: undefined },
      ...{ event: 'workflow_dispatch', ref: 'refs/heads/main', environment: undefined, ...run },
      workflow: `${ownAction}/.github/workflows/${workflow}@refs/tags/v1`,
    }).grants.flatMap((grant) => grant.in);

  test('name workflows that are there', () => {
    const named = [...rules.matchAll(/workflow: \S+\/([\w-]+\.yml)@refs\/tags\/v1/g)].map(([, name]) => name);
    expect(callable.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
    expect(named).toHaveLength(3);
  });

  test.each([
    ['promote.yml', { environment: 'production' }, ['production']],
    ['promote.yml', {}, []],
    ['promote.yml', { environment: 'production', ref: 'refs/heads/feature' }, []],
    ['rollback.yml', {}, ['staging', 'production']],
    ['chat-ops.yml', { event: 'issue_comment' }, ['staging']],
    ['chat-ops.yml', { event: 'workflow_dispatch' }, []],
    ['promote.yml', { environment: 'production', event: 'issue_comment' }, []],
  ])('let %s with %j into %j', (workflow, run, environments) => {
    expect(granted(workflow, run)).toEqual(environments);
  });
});

test('the workflow of a bot passes what the starter takes, and the permissions that it needs', () => {
  const bot = parseWorkflow('bot.yml', examples.find((text) => text.startsWith('name: bot')) ?? '');
  const starter = starters.find(({ name }) => name === 'release-from-bot.yml');
  const { uses, with: passed = {}, permissions } = bot.jobs['image'] ?? {};
  expect(uses).toBe('./.github/workflows/release-from-bot.yml');
  expect(Object.keys(passed)).toEqual(Object.keys(starter?.on['workflow_call']?.inputs ?? {}));
  expect(permissions).toEqual(starter?.jobs['release']?.permissions);
});

test('the promotion after a release passes what the workflow takes', () => {
  const { staging } = parse(examples.find((text) => text.includes('  staging:')) ?? '');
  const promote = callable.find(({ name }) => name === 'promote.yml')?.on['workflow_call']?.inputs ?? {};
  expect(Object.keys(staging.with).filter((name) => !(name in promote))).toEqual([]);
  expect(staging.permissions).toEqual(
    starters.find(({ name }) => name === 'promote.yml')?.jobs['promote']?.permissions,
  );
});
