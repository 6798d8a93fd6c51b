/** Which registries of a configuration share a budget, and under which names. */
import { expect, it, onTestFinished } from 'vitest';
import { embeddedRegistryName } from '../../api/config.ts';
import type { Config, RegistryAuth, RegistryConfig } from '../../core/config.ts';
import { unlimitedBudget } from '../../oci/client/wire/request-budget.ts';
import { openRegistries } from '../../service/open-registries.ts';

const settings = { caFile: undefined, clientCertificate: undefined, tokenService: undefined, storage: undefined };

function registryOf(name: string, url: string, auth: RegistryAuth): RegistryConfig {
  return { name, url, auth, ...settings };
}

it('each registry but our own has one, named by its host and by who signs in, and by nothing secret', async () => {
  const password: RegistryAuth = { kind: 'password', username: 'robot', password: { kind: 'env', variable: 'SECRET' } };
  const registries = {
    hub: registryOf('hub', 'https://docker.io', password),
    open: registryOf('open', 'https://registry.example:5000', { kind: 'anonymous' }),
    [embeddedRegistryName]: registryOf(embeddedRegistryName, 'http://127.0.0.1:7421', { kind: 'anonymous' }),
  };
  const config: Config = { registries, apps: {}, discover: undefined, environments: [], issuers: [], access: [] };
  const asked: string[] = [];
  const opened = await openRegistries(config, {
    environment: { SECRET: 'hunter2' },
    proxy: {},
    serviceToken: 'token',
    budgetOf: (host, account) => {
      asked.push(`${host} ${account}`);
      return unlimitedBudget;
    },
  });
  onTestFinished(() => opened.close());
  expect(asked).toEqual(['docker.io password:robot', 'registry.example:5000 anonymous']);
});
