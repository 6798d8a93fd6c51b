/** Which registries of a configuration share a budget, and under which names. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { embeddedRegistryName } from '../../api/config.ts';
import type { Config, RegistryAuth, RegistryConfig } from '../../core/config.ts';
import { defaultEmbeddedConfig } from '../../core/embedded-config.ts';
import { unlimitedBudget } from '../../oci/client/wire/request-budget.ts';
import { openRegistries } from '../../service/open-registries.ts';
import { openTranscript } from '../oci/client/transcript.ts';

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
  const config: Config = {
    registries,
    apps: {},
    discover: undefined,
    environments: [],
    issuers: [],
    access: [],
    embedded: defaultEmbeddedConfig,
  };
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
  expect(asked).toEqual(['docker.io user:robot', 'registry.example:5000 anonymous']);
});

describe('a login of the machine', () => {
  /** Which budgets a client is given that reads the file; HOST is the registry. */
  async function budgetsWith(file: string): Promise<readonly string[]> {
    const directory = await mkdtemp(join(tmpdir(), 'budgets-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const server = await openTranscript([{ request: 'GET /v2/' }, { request: 'GET /v2/' }]);
    await writeFile(join(directory, 'config.json'), file.replace('HOST', server.host));
    const own = registryOf('own', server.url, { kind: 'docker-config' });
    const asked: string[] = [];
    const opened = await openRegistries(
      {
        registries: { own },
        apps: {},
        discover: undefined,
        environments: [],
        issuers: [],
        access: [],
        embedded: defaultEmbeddedConfig,
      },
      {
        environment: { DOCKER_CONFIG: directory },
        proxy: {},
        serviceToken: undefined,
        budgetOf: (_, account) => {
          asked.push(account);
          return unlimitedBudget;
        },
      },
    );
    onTestFinished(() => opened.close());
    expect(asked).toEqual([]);
    await opened.client('own').ping();
    await opened.client('own').ping();
    return asked;
  }

  const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
  const fileOf = (auths: unknown) => JSON.stringify({ auths });

  it.each([
    ['of a user is that of the user', { HOST: auth('ann:secret') }, 'user:ann'],
    ['of another user is that of the other', { HOST: auth('bob:secret') }, 'user:bob'],
    ['at other registries is anonymous', { 'other.example': auth('ann:secret') }, 'anonymous'],
  ])('%s, and looked up once', async (_, auths, account) => {
    expect(await budgetsWith(fileOf(auths))).toEqual([account]);
  });

  it('by a token tells nothing of the token', async () => {
    const [account = ''] = await budgetsWith(fileOf({ HOST: { registrytoken: 'hunter2hunter2' } }));
    expect(account).toMatch(/^token:[0-9a-f]{64}$/);
  });

  it('whose file cannot be read is one for all of these', async () => {
    expect(await budgetsWith('{')).toEqual(['docker-config']);
  });
});
