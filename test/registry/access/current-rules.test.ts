/** Access rules that change while the registry runs. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AccessRule, defaultEvents } from '../../../core/access-rule.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { issuedAt, type LocalIssuer, openLocalIssuer, testAudience } from '../../identity/local-issuer.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import {
  basic,
  type Caller,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  temporaryDirectory,
} from '../registry-under-test.ts';

const password = 'correct horse battery';
const ada = basic('ada', password);
const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const job = {
  ...{ issuer: 'github', repository: 'acme/web', repositoryId: '456789', ownerId: '123456', workflow: undefined },
  ...{ ref: undefined, environment: undefined, events: defaultEvents, runner: undefined },
};

let issuer: LocalIssuer;
let directory: string;
let settingsFile: string;
let registry: RegistryUnderTest;

beforeAll(async () => {
  issuer = await openLocalIssuer();
});

afterAll(() => issuer.close());

beforeEach(async () => {
  directory = await temporaryDirectory();
  settingsFile = join(directory, 'settings.json');
  await writeRules(rule({ kind: 'user', name: 'ada' }, 'team/*'));
  const trusted = { name: 'github', issuer: issuer.url, audience: testAudience };
  const issuers = [{ ...trusted, keysFile: undefined, caFile: undefined }];
  registry = await openRegistryUnderTest({
    settings: { issuers },
    settingsFile,
    directory,
    now: () => issuedAt * 1000,
  });
  await registry.access.createUser({ name: 'ada', password, role: 'member' });
  for (const repository of ['team/app', 'other/app']) await registry.push(repository, config, image);
});

afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function rule(who: AccessRule['who'], ...repositories: string[]): AccessRule {
  return {
    ...{ number: 1, who, may: ['pull'], in: [], apps: undefined },
    repositories: repositories.map(parseRepositoryPattern),
  };
}

/** Replaces the file as the supervisor does. */
async function write(text: string): Promise<void> {
  await writeFile(`${settingsFile}.new`, text);
  await rename(`${settingsFile}.new`, settingsFile);
}

function writeRules(...rules: readonly AccessRule[]): Promise<void> {
  return write(JSON.stringify({ rules }));
}

/** Statuses of a pull from team/app and one from other/app. */
async function pullsAs(as: Caller): Promise<readonly number[]> {
  const statusOf = async (repository: string) =>
    (await registry.call({ path: `/v2/${repository}/manifests/${image.descriptor.digest}`, as })).status;
  return [await statusOf('team/app'), await statusOf('other/app')];
}

async function tokenOf(as: Caller): Promise<Caller> {
  const scopes = ['team/app', 'other/app'].map((repository) => `scope=repository:${repository}:pull`);
  const reply = await registry.call({ path: `/token?${scopes.join('&')}`, as });
  const { token } = jsonOf(reply) as { token: string };
  return { authorization: `Bearer ${token}` };
}

function told(): readonly object[] {
  return registry.events.filter(({ kind }) => kind.startsWith('rules-'));
}

test('a rule holds with the request after it was written, and so does the want of one', async () => {
  expect(await pullsAs(ada)).toEqual([200, 403]);
  await writeRules(rule({ kind: 'user', name: 'ada' }, 'other/*'));
  expect(await pullsAs(ada)).toEqual([403, 200]);
  await writeRules();
  expect(await pullsAs(ada)).toEqual([403, 403]);
  expect(told()).toEqual([1, 0].map((rules) => ({ kind: 'rules-loaded', path: settingsFile, rules })));
});

test('a token that was given before opens what the rules say now', async () => {
  const as = await tokenOf(ada);
  expect((await pullsAs(as))[0]).toBe(200);
  await writeRules(rule({ kind: 'user', name: 'ada' }, 'other/*'));
  expect((await pullsAs(as))[0]).toBe(403);
});

test('a job that was let in before may what the rules say now', async () => {
  await writeRules(rule(job, 'team/*'));
  const shown = basic('oidc', await issuer.token());
  const given = await tokenOf(shown);
  expect([await pullsAs(shown), (await pullsAs(given))[0]]).toEqual([[200, 403], 200]);
  await writeRules(rule(job, 'other/*'));
  expect([await pullsAs(shown), (await pullsAs(given))[0]]).toEqual([[403, 200], 403]);
});

test('anybody comes in once a rule is for anybody, and is asked to sign in again when it is gone', async () => {
  expect(await pullsAs('nobody')).toEqual([401, 401]);
  await writeRules(rule({ kind: 'anonymous' }, 'team/*'));
  expect(await pullsAs('nobody')).toEqual([200, 401]);
  const given = await tokenOf('nobody');
  expect((await pullsAs(given))[0]).toBe(200);
  await writeRules();
  expect([await pullsAs('nobody'), (await pullsAs(given))[0]]).toEqual([[401, 401], 401]);
});

test.each([
  ['is broken', '{"rules":'],
  ['is empty', ''],
  ['is a list', '[1'],
  ['has rules that are none', '{"rules":{}}'],
  ['has a rule that is none', '{"rules":[null]}'],
])('a file that %s leaves the rules as they were, and is told once', async (_, text) => {
  await write(text);
  expect([await pullsAs(ada), await pullsAs(ada)]).toEqual([
    [200, 403],
    [200, 403],
  ]);
  expect(told()).toEqual([expect.objectContaining({ kind: 'rules-refused', code: 'REGISTRY_SETTINGS_INVALID' })]);
  await writeRules(rule({ kind: 'user', name: 'ada' }, 'other/*'));
  expect(await pullsAs(ada)).toEqual([403, 200]);
});

test('a file that is gone leaves the rules as they were, and is told', async () => {
  await rm(settingsFile);
  expect(await pullsAs(ada)).toEqual([200, 403]);
  expect(told()).toEqual([expect.objectContaining({ kind: 'rules-refused' })]);
});
