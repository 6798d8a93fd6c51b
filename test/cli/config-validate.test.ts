/** `config validate`: every fault of a file, or what it comes to. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWords } from './test-shell.ts';

const good = `
registries:
  hub: { url: https://registry.example }
apps:
  web: { repository: acme/web }
environments:
  dev: { registry: hub, repository: "{repository}" }
  production: { registry: hub, repository: "production/{app}", from: dev, tier: production }
`;

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-config-'));
  await writeFile(join(directory, 'registry-action.yml'), good);
  await writeFile(
    join(directory, 'bad.yml'),
    good.replace('from: dev', 'form: dev').replace('registry: hub, repository: "{', 'registry: hubb, repository: "{'),
  );
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('config validate', () => {
  it('says what a good file comes to', async () => {
    const ran = await runWords(['config', 'validate'], { cwd: directory });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    await expect(ran.stdout).toMatchFileSnapshot('golden/config-validate.txt');
  });

  it('says what workloads may do, rule by rule', async () => {
    const identity =
      'identity: { issuers: { github: { issuer: https://token.actions.githubusercontent.com, audience: x } } }\n';
    await writeFile(join(directory, 'nobody.yml'), good + identity);
    await writeFile(
      join(directory, 'workloads.yml'),
      `${good}${identity}access:\n  - { who: { repository: acme/web, repositoryId: 1, ownerId: 2 }, may: [promote, rollback], in: [production], apps: [web] }\n`,
    );
    const ran = await runWords(['config', 'validate', 'workloads.yml'], { cwd: directory });
    expect(ran.stdout).toMatch(
      /workloads of github https:\S+:\n +1 +acme\/web +promote, rollback +in production +for web/,
    );
    const nobody = await runWords(['config', 'validate', 'nobody.yml'], { cwd: directory });
    expect(nobody.stdout).toContain('none may do anything');
  });

  it('says what users and tokens may do beside their roles, in a file about the registry alone', async () => {
    await writeFile(
      join(directory, 'registry.yml'),
      'access:\n' +
        '  - { who: { token: ci }, may: [pull, push], repositories: [dev/*, common] }\n' +
        '  - { who: anonymous, may: [pull], repositories: ["open/**"] }\n',
    );
    const ran = await runWords(['config', 'validate', 'registry.yml'], { cwd: directory });
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toMatch(/ +1 +token ci +pull, push +in dev\/\*, common\n +2 +anonymous +pull +in open\/\*\*\n/);
  });

  it('says it as JSON', async () => {
    const ran = await runWords(['config', 'validate', '--json'], { cwd: directory });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      valid: true,
      file: 'registry-action.yml',
      config: { environments: [{ name: 'dev' }, { name: 'production' }] },
    });
  });

  it('lists every fault of a bad file with its line and exits 2', async () => {
    const ran = await runWords(['config', 'validate', 'bad.yml'], { cwd: directory });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^error CONFIG_INVALID: \d+ problems in bad\.yml\n {2}line \d+: /);
    expect(ran.stderr).toContain('hubb');
    expect(ran.stderr).toContain('form');
  });

  it('finds the file that the environment names', async () => {
    const ran = await runWords(['config', 'validate'], { cwd: directory, env: { REGISTRY_ACTION_CONFIG: 'bad.yml' } });
    expect(ran.exitCode).toBe(2);
  });
});
