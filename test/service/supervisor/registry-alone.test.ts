/** The embedded registry alone, under its supervisor, with a configuration of its own. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { openService, type RunningService } from '../../../service/supervisor/open-service.ts';
import type { ServiceEvent } from '../../../service/supervisor/service-event.ts';

let directory: string;
let configFile: string;
const running: RunningService[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-alone-'));
  configFile = join(directory, 'registry-action.yml');
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
  await rm(directory, { recursive: true, force: true });
});

async function serve(config: string, onEvent?: (event: ServiceEvent) => void): Promise<RunningService> {
  await writeFile(configFile, config);
  const service = await openService({
    ...{ dataDirectory: join(directory, 'data'), host: '127.0.0.1', apiPort: 0, registryPort: 0, registryOnly: true },
    ...{ configFile, environment: { PATH: process.env['PATH'], REGISTRY_ACTION_LOG_LEVEL: 'silent' }, now: Date.now },
    ...(onEvent === undefined ? {} : { onEvent }),
  });
  running.push(service);
  return service;
}

function basic(name: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

const config = `
embedded:
  htpasswd: { file: users, role: member }
access:
  - { who: anonymous, may: [pull], repositories: ["public/**"] }
  - { who: { user: ada }, may: [pull, push], repositories: ["team/*"] }
`;

describe('a configuration of nothing but the registry', () => {
  test('is enough, and reaches it: users of another program, rules, and nobody’s pulls', async () => {
    await writeFile(join(directory, 'users'), `ada:${hashSync('correct horse', 4)}\n`);
    const { apiUrl, registryUrl } = await serve(config);
    expect(apiUrl).toBeUndefined();
    const statusOf = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      (await fetch(`${registryUrl}${path}`, { method, headers })).status;
    const ada = basic('ada', 'correct horse');
    expect(await statusOf('/v2/', ada)).toBe(200);
    expect(await statusOf('/v2/team/app/blobs/uploads/', ada, 'POST')).toBe(202);
    expect(await statusOf('/v2/other/app/blobs/uploads/', ada, 'POST')).toBe(403);
    expect(await statusOf('/v2/', basic('ada', 'a wrong one'))).toBe(401);
    expect(await statusOf('/v2/public/app/tags/list')).toBe(404);
    expect(await statusOf('/v2/team/app/tags/list')).toBe(401);
  });

  test('gives and takes rights while it runs, and a fault in it takes none', async () => {
    await writeFile(join(directory, 'users'), `ada:${hashSync('correct horse', 4)}\n`);
    const events: ServiceEvent[] = [];
    const { registryUrl } = await serve(config, (event) => events.push(event));
    const push = { method: 'POST', headers: basic('ada', 'correct horse') };
    const statuses = () =>
      Promise.all(
        ['team', 'other'].map(
          async (team) => (await fetch(`${registryUrl}/v2/${team}/app/blobs/uploads/`, push)).status,
        ),
      );
    expect(await statuses()).toEqual([202, 403]);
    await writeFile(configFile, config.replace('team/*', 'other/*'));
    await expect.poll(statuses, { timeout: 20_000 }).toEqual([403, 202]);
    await writeFile(configFile, config.replace('may: [pull, push]', 'may: [pull, psuh]'));
    await expect.poll(() => events, { timeout: 20_000 }).toContainEqual(expect.objectContaining({ kind: 'warned' }));
    expect(await statuses()).toEqual([403, 202]);
  });

  test('is left in a file for its owner alone', async () => {
    await writeFile(join(directory, 'users'), '');
    await serve(config);
    const file = join(directory, 'data', 'registry-settings.json');
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      htpasswd: { file: join(directory, 'users'), role: 'member' },
    });
  });

  test('with a wrong file of users is refused at the start, with its line', async () => {
    await writeFile(join(directory, 'users'), 'ada:correct horse\n');
    const error = await serve(config).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'HTPASSWD_INVALID', message: expect.stringContaining('line 1') });
    expect(error).toBeInstanceOf(CodedError);
    expect(String(error)).not.toContain('correct horse');
  });

  test('ends cleanly though somebody takes a pull slowly', async () => {
    await writeFile(join(directory, 'users'), '');
    const { registryUrl, close } = await serve(config);
    const admin = basic('admin', (await readFile(join(directory, 'data', 'admin.token'), 'utf8')).trim());
    const bytes = Buffer.alloc(32 * 1024 * 1024, 'a');
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const push = { method: 'POST', headers: admin, body: bytes };
    const pushed = await fetch(`${registryUrl}/v2/team/app/blobs/uploads/?digest=${digest}`, push);
    expect(pushed.status).toBe(201);
    const pull = await fetch(`${registryUrl}/v2/team/app/blobs/${digest}`, { headers: admin });
    await close();
    // What was killed leaves its lock, and counts of pulls unwritten.
    expect(await readdir(join(directory, 'data', 'registry'))).not.toContain('registry.lock');
    await expect(pull.bytes()).rejects.toThrow();
  });

  test('with a fault is refused before anything is started', async () => {
    const error = await serve('access: [{ who: { user: ada }, may: [pull] }]').catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
