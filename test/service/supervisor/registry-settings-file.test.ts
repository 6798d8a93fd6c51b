/** The file of settings between supervisor and embedded registry. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../../api/config.ts';
import { defaultRegistrySettings, readRegistrySettings } from '../../../registry/registry-settings.ts';
import { writeRegistrySettings } from '../../../service/supervisor/registry-settings-file.ts';

async function settingsOf(text: string) {
  const directory = await mkdtemp(join(tmpdir(), 'registry-settings-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = await writeRegistrySettings(directory, parseConfig(text, '/etc/acme/c.yaml'));
  expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
  return await readRegistrySettings(path);
}

test('what the configuration says reaches the registry', async () => {
  const text = 'embedded: { url: registry.acme.example, tls: { cert: { file: c.pem }, key: { file: /k.pem } } }';
  expect(await settingsOf(text)).toMatchObject({
    url: 'https://registry.acme.example',
    tls: { certFile: '/etc/acme/c.pem', keyFile: '/k.pem' },
  });
});

test('the access rules, the issuers and the users of another program reach it as they are', async () => {
  const text = `
embedded: { htpasswd: { file: users, role: viewer } }
identity: { issuers: { ci: { issuer: https://ci.example, audience: acme } } }
access:
  - { who: anonymous, may: [pull], repositories: ["public/**"] }
  - { who: { token: ci }, may: [promote], in: [staging], apps: [web] }
`;
  const settings = await settingsOf(text);
  const { access, issuers } = parseConfig(text, '/etc/acme/c.yaml');
  expect(settings.htpasswd).toEqual({ file: '/etc/acme/users', role: 'viewer' });
  expect(settings.rules).toEqual(access);
  expect(settings.issuers).toEqual(issuers);
});

test('when it collects reaches it, and never is never', async () => {
  expect((await settingsOf('embedded: { collect: { grace: 2h } }')).collect.graceMs).toBe(7_200_000);
  expect((await settingsOf('embedded: { collect: { every: off } }')).collect.everyMs).toBeUndefined();
});

test('the rules about tags reach it, with the environments that are in it under whatever name', async () => {
  const settings = await settingsOf(`
embedded: { url: https://registry.acme.example, tags: { writeOnce: off } }
registries: { hub: { url: https://ghcr.io }, own: { url: https://registry.acme.example } }
apps: { web: { repository: acme/web } }
environments:
  dev: { registry: hub, repository: "{repository}" }
  live: { registry: own, repository: "live/{app}", from: dev }
`);
  expect(settings.tags).toEqual({ writeOnce: 'off', exceptions: [] });
  expect(settings.environments).toEqual([{ name: 'live', repositories: ['live/web'] }]);
});

test('what it leaves out has the registry’s own defaults', async () => {
  const { url, tls, tags, environments } = await settingsOf('embedded: {}');
  const { url: usualUrl, tls: usualTls, ...usual } = defaultRegistrySettings;
  expect({ url, tls }).toEqual({ url: usualUrl, tls: usualTls });
  expect({ tags, environments }).toEqual({ tags: usual.tags, environments: usual.environments });
});
