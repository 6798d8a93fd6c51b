/** Changed access rules on their way from the configuration to the embedded registry. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readRegistrySettings } from '../../../registry/registry-settings.ts';
import { loadConfig } from '../../../service/load-config.ts';
import { type FollowedRules, followAccessRules } from '../../../service/supervisor/follow-access-rules.ts';
import { writeRegistrySettings } from '../../../service/supervisor/registry-settings-file.ts';
import type { ServiceEvent } from '../../../service/supervisor/service-event.ts';

const embedded = 'embedded: { rateLimit: { requestsPerSecond: 50, burst: 2000 } }\n';
const rule = (name: string) => `access: [{ who: { user: ${name} }, may: [pull], repositories: ["**"] }]\n`;

let directory: string;
let configFile: string;
let settingsFile: string;
let events: ServiceEvent[];
let following: FollowedRules;

beforeEach(async () => {
  // Nobody looks but the test: a look of its own would find a file that is half written.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  directory = await mkdtemp(join(tmpdir(), 'follow-rules-'));
  configFile = join(directory, 'c.yaml');
  events = [];
  await writeFile(configFile, embedded + rule('ada'));
  const read = () => loadConfig(configFile, undefined);
  const first = await read();
  // What was chosen on the command line is in the settings, and not in the configuration.
  const chosen = { ...first, embedded: { ...first.embedded, url: 'https://registry.acme.example' } };
  settingsFile = await writeRegistrySettings(directory, chosen);
  const onEvent = (event: ServiceEvent) => events.push(event);
  following = await followAccessRules({ settingsFile, configFile, first, read, onEvent });
});

afterEach(async () => {
  await following.close();
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

/** Looks at what the file says now. */
async function change(text: string): Promise<void> {
  await writeFile(configFile, text);
  await following.look();
}

test('access rules are all that changes in the settings', async () => {
  const before = await readRegistrySettings(settingsFile);
  await change(embedded + rule('grace'));
  const { rules, ...others } = await readRegistrySettings(settingsFile);
  expect(rules).toMatchObject([{ who: { kind: 'user', name: 'grace' } }]);
  expect({ ...before, rules }).toEqual({ ...others, rules });
  expect(events).toEqual([{ kind: 'rules-changed', rules: 1 }]);
});

test('access rules are not written as long as nothing changed, nor for a comment', async () => {
  const before = await readFile(settingsFile, 'utf8');
  await rm(settingsFile);
  await following.look();
  await change(`# why\n${embedded}${rule('ada')}`);
  expect(events).toEqual([]);
  await expect(readFile(settingsFile)).rejects.toThrow();
  expect(before).toContain('ada');
});

test.each([
  ['with a fault', `${embedded}access: [{ who: { user: ada }, may: [psuh], repositories: ["**"] }]\n`],
  ['that is cut off', `${embedded}access: [{ who:`],
  ['that is empty', ''],
])('access rules stay as they are for a configuration %s, which is told once', async (_, text) => {
  const before = await readFile(settingsFile, 'utf8');
  await change(text);
  await following.look();
  expect(events).toEqual([{ kind: 'warned', about: 'configuration', message: expect.stringContaining('stay as') }]);
  expect(await readFile(settingsFile, 'utf8')).toBe(before);
  await change(embedded + rule('grace'));
  expect(events.at(-1)).toEqual({ kind: 'rules-changed', rules: 1 });
});

test('access rules are taken from a configuration in which more changed, and what was not taken is told once', async () => {
  await change(`embedded: { rateLimit: { requestsPerSecond: 5, burst: 2000 } }\n${rule('grace')}`);
  await following.look();
  expect(events).toEqual([
    { kind: 'rules-changed', rules: 1 },
    { kind: 'warned', about: 'configuration', message: expect.stringContaining('next start') },
  ]);
  expect(await readRegistrySettings(settingsFile)).toMatchObject({ rateLimit: { requestsPerSecond: 50 } });
});

test.each([
  ['are not there', 'ENOENT', () => rm(settingsFile)],
  ['are damaged', 'JSON', () => writeFile(settingsFile, '{"rules": [')],
])('access rules are brought with a later look where the settings %s, and that is told', async (_, why, harm) => {
  const before = await readFile(settingsFile);
  await harm();
  await change(embedded + rule('grace'));
  expect(events).toEqual([{ kind: 'warned', about: 'configuration', message: expect.stringContaining(why) }]);
  await writeFile(settingsFile, before);
  await following.look();
  expect((await readRegistrySettings(settingsFile)).rules).toMatchObject([{ who: { name: 'grace' } }]);
});

test('what was not taken is told after access rules that could not be written at first', async () => {
  const before = await readFile(settingsFile);
  await rm(settingsFile);
  await change(`embedded: { rateLimit: { requestsPerSecond: 5, burst: 2000 } }\n${rule('grace')}`);
  await writeFile(settingsFile, before);
  await following.look();
  expect(events.at(-1)).toMatchObject({ kind: 'warned', message: expect.stringContaining('next start') });
});
