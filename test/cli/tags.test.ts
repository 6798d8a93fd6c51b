/** `tags history`, `tags restore` and `tags delete` against a registry that listens, and beside them `tags` alone. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../core/access.ts';
import { breakGlassHeader } from '../../registry/tags/break-glass.ts';
import { imageOf, layerOf } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { config, imageNumber, tagCalls } from '../registry/tags/tag-calls.ts';
import { type RunOptions, runWords } from './test-shell.ts';

const [one, two, three] = [imageNumber(1), imageNumber(2), imageNumber(3)];
const named = (image: typeof one) => image.descriptor.digest;
const short = (image: typeof one) => named(image).slice(7, 19);

let registry: RegistryUnderTest;
let directory: string;
const calls = tagCalls(() => registry, 'team/app');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tags-test-'));
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, one, two, three);
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

interface TagsOptions extends RunOptions {
  readonly as?: Role;
}

function run(words: readonly string[], { as = 'admin', ...options }: TagsOptions = {}) {
  const env = { REGISTRY_ACTION_TOKEN: registry.tokens[as] };
  return runWords(['tags', ...words, '--data', directory], { env, cwd: directory, ...options });
}

const here = () => ['--registry', registry.url];
const reference = (tag: string) => `127.0.0.1:${registry.port}/team/app:${tag}`;

/** A tag that named one, then two. */
async function moved(tag: string): Promise<void> {
  await calls.put(tag, one, { as: 'pusher' });
  await calls.put(tag, two);
}

describe('tags history', () => {
  it('shows each move with who, how and what', async () => {
    await moved('shown');
    for (const words of [
      ['history', 'team/app:shown', ...here()],
      ['history', reference('shown')],
    ]) {
      const ran = await run(words, { as: 'viewer' });
      expect(ran.exitCode).toBe(0);
      const [title, , , newest, oldest] = ran.stdout.split('\n');
      expect(title).toBe(`team/app:shown  ${named(two)}`);
      expect(newest).toMatch(new RegExp(`^2 +${short(one)} → ${short(two)} +push .* admin-token`));
      expect(oldest).toMatch(new RegExp(`^1 +nothing → ${short(one)} +push .* pusher-token`));
    }
  });

  it('is JSON when asked for', async () => {
    await moved('as-json');
    const ran = await run(['history', 'team/app:as-json', '--json', ...here()]);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      tag: 'as-json',
      digest: named(two),
      moves: [{ number: 2 }, { number: 1 }],
    });
  });

  it('shows the newest hundred, and all of them when asked for', async () => {
    for (let n = 0; n < 130; n += 1) await calls.put('long', n % 2 === 0 ? one : two);
    const moves = async (...more: readonly string[]) => {
      const ran = await run(['history', 'team/app:long', '--json', ...more, ...here()]);
      return (JSON.parse(ran.stdout) as { moves: { number: number }[] }).moves.map(({ number }) => number);
    };
    expect(await moves()).toEqual(Array.from({ length: 100 }, (_, at) => 130 - at));
    expect(await moves('--all')).toEqual(Array.from({ length: 130 }, (_, at) => 130 - at));
  });

  it('says of a registry that is none of ours, and of a layout, that no history is kept', async () => {
    const other = createServer((_request, response) => {
      response.statusCode = 404;
      response.end('404 page not found');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ran = await run(['history', `127.0.0.1:${port}/team/app:1`]);
    other.close();
    expect([ran.exitCode, ran.stderr.split(':', 1)[0]]).toEqual([4, 'error TAG_HISTORY_ABSENT']);
    expect((await run(['history', 'oci:somewhere:1'])).stderr).toMatch(/^error TAG_HISTORY_ABSENT/);
  });

  it('shows what the image lost by break-glass, and previous passes over it', async () => {
    const layer = layerOf('to be lost');
    const own = imageOf('{"lost":true}', [layer.descriptor]);
    await registry.push('team/app', layer, own.config, own.manifest);
    await calls.put('5.0.0', one);
    await calls.put('5.0.0', own.manifest, { breakGlass: 'rebuilt' });
    const path = `/v2/team/app/blobs/${layer.descriptor.digest}`;
    const headers = { [breakGlassHeader]: 'a secret' };
    expect((await registry.call({ method: 'DELETE', path, headers })).status).toBe(202);
    const ran = await run(['history', 'team/app:5.0.0', ...here()]);
    const lost = `${short(own.manifest)} lost ${short(layer)}`;
    expect(ran.stdout.split('\n')[3]).toMatch(new RegExp(`^3 +${lost} +content-delete, break-glass .* a secret$`));
    const words = ['restore', 'team/app:5.0.0', '--to', 'previous', '--break-glass', 'back', '--yes', ...here()];
    expect((await run(words)).exitCode).toBe(0);
    expect(await calls.named('5.0.0')).toBe(named(one));
  });

  it.each(['team/app', 'team/app@sha256:12', 'UPPER:1', ''])('is of a tag, not of %j', async (written) => {
    const ran = await run(['history', written, ...here()]);
    expect([ran.exitCode, ran.stderr.split(':', 1)[0]]).toEqual([2, 'error REFERENCE_INVALID']);
  });

  it('of a tag that never was ends with 4', async () => {
    expect((await run(['history', 'team/app:never', ...here()])).exitCode).toBe(4);
  });
});

describe('tags restore', () => {
  const restore = (tag: string, to: string, ...more: readonly string[]) => [
    ...['restore', `team/app:${tag}`, '--to', to],
    ...[...more, ...here()],
  ];

  it.each([['previous'], ['1'], [named(one)]])('brings back what --to %s stands for', async (to) => {
    const tag = `back-${to.length}`;
    await moved(tag);
    const ran = await run(restore(tag, to, '--yes', '--reason', 'it broke'), { as: 'pusher' });
    expect([ran.exitCode, ran.stdout]).toEqual([
      0,
      `moved: team/app:${tag}  ${short(two)} → ${short(one)}  (move 3)\n`,
    ]);
    expect(await calls.named(tag)).toBe(named(one));
    expect((await calls.moves(tag)).at(-1)).toMatchObject({ how: 'restore', reason: 'it broke' });
  });

  it('asks on a terminal, and takes no for an answer', async () => {
    await moved('asked');
    const ran = await run(restore('asked', 'previous'), { answers: ['n'] });
    expect([ran.exitCode, ran.questions.length]).toEqual([13, 1]);
    expect(await calls.named('asked')).toBe(named(two));
    expect((await run(restore('asked', 'previous'))).exitCode).toBe(2);
  });

  it('changes nothing in a dry run, which tells what the registry would say', async () => {
    await moved('dry');
    const ran = await run(restore('dry', 'previous', '--dry-run'));
    expect([ran.exitCode, ran.stdout]).toEqual([0, `team/app:dry  ${short(two)} → ${short(one)}\n`]);
    expect(await calls.named('dry')).toBe(named(two));
    expect((await run(restore('dry', 'previous', '--dry-run'), { as: 'viewer' })).exitCode).toBe(3);
  });

  it('obeys the rules, and breaks glass when asked to', async () => {
    await calls.put('1.0.0', one);
    const refused = await run(restore('1.0.0', named(two), '--yes'));
    expect([refused.exitCode, refused.stderr.split(':', 1)[0]]).toEqual([5, 'error TAG_IMMUTABLE']);
    const broken = await run(restore('1.0.0', named(two), '--yes', '--break-glass', 'für den Prüfer', '--json'));
    expect(JSON.parse(broken.stdout)).toMatchObject({ changed: true, overrode: ['TAG_IMMUTABLE'] });
    const shown = await run(['history', 'team/app:1.0.0', ...here()]);
    expect(shown.stdout).toMatch(/restore, break-glass.*für den Prüfer/);
  });

  it.each([
    ['--reason', 'REQUEST_INVALID'],
    ['--break-glass', 'BREAK_GLASS_INVALID'],
  ])('takes no %s of more than a line, of nothing, or of a page', async (flag, code) => {
    await moved('reasons');
    for (const reason of ['two\nlines', ' ', 'x'.repeat(201)]) {
      const ran = await run(restore('reasons', 'previous', '--yes', flag, reason));
      expect([ran.exitCode, ran.stderr.split(':', 1)[0]]).toEqual([2, `error ${code}`]);
    }
    expect(await calls.named('reasons')).toBe(named(two));
  });

  it('brings back a tag that was deleted', async () => {
    await calls.put('deleted', one);
    await calls.remove('deleted');
    expect((await run(restore('deleted', 'previous', '--yes'))).exitCode).toBe(0);
    expect(await calls.named('deleted')).toBe(named(one));
  });

  it.each([
    ['0', 2],
    ['x', 2],
    ['99', 4],
  ])('says of --to %s that there is nothing, with %i', async (to, exitCode) => {
    await moved('nothing');
    expect((await run(restore('nothing', to, '--yes'))).exitCode).toBe(exitCode);
  });

  it('has nothing to bring back where the tag named nothing before', async () => {
    await calls.put('fresh', three);
    expect((await run(restore('fresh', 'previous', '--yes'))).exitCode).toBe(4);
  });
});

describe('a tag whose record is damaged', () => {
  /** As it is after a hundred moves; the file is read anew once it was deleted and is damaged. */
  async function damaged(tag: string): Promise<void> {
    for (let n = 0; n < 100; n += 1) await calls.put(tag, n % 2 === 0 ? one : two);
    const records = join(registry.directory, 'registry/repositories/team/app');
    await writeFile(join(records, '_tags', tag), '');
    await rm(join(records, '_history', tag, '000000000001'));
  }

  it('is shown with the moves that are known', async () => {
    await damaged('lost');
    const ran = await run(['history', 'team/app:lost', ...here()]);
    const [title, , , newest] = ran.stdout.split('\n');
    expect([ran.exitCode, title]).toEqual([0, 'team/app:lost  damaged: nobody knows what it names']);
    expect(newest).toMatch(/^64 /);
  });

  it('is restored by breaking glass to a digest or a move, and not to what came before the last one', async () => {
    await damaged('mended');
    const words = ['restore', 'team/app:mended', '--yes', ...here(), '--to'];
    const refused = await run([...words, named(one)]);
    expect([refused.exitCode, refused.stderr.split(':', 1)[0]]).toEqual([8, 'error TAG_DAMAGED']);
    expect((await run([...words, 'previous', '--break-glass', 'bad disk'])).exitCode).toBe(4);
    const ran = await run([...words, '64', '--break-glass', 'bad disk']);
    expect([ran.exitCode, ran.stderr]).toEqual([0, 'break-glass overrides: TAG_DAMAGED\n']);
    expect(await calls.named('mended')).toBe(named(two));
  });

  it('leaves a gap where moves are lost, which is shown', async () => {
    await damaged('gap');
    const text = JSON.stringify({
      digest: named(one),
      moves: [{ number: 70, at: 1, to: named(one), by: 'x', how: 'push' }],
    });
    await writeFile(join(registry.directory, 'registry/repositories/team/app/_tags/gap'), text);
    const ran = await run(['history', 'team/app:gap', ...here()]);
    const lines = ran.stdout.split('\n').slice(3, 6);
    expect(lines).toEqual([
      expect.stringMatching(/^70 /),
      '    5 moves that cannot be read',
      expect.stringMatching(/^64 /),
    ]);
  });
});

describe('tags delete', () => {
  it('removes the tag and keeps its history with the reason', async () => {
    await moved('dropped');
    const ran = await run(['delete', 'team/app:dropped', '--yes', '--reason', 'nobody uses it', ...here()]);
    expect([ran.exitCode, ran.stdout]).toEqual([0, `removed: team/app:dropped  ${short(two)} → nothing  (move 3)\n`]);
    expect(await calls.named('dropped')).toBeUndefined();
    expect((await calls.moves('dropped')).at(-1)).toMatchObject({ how: 'delete', reason: 'nobody uses it' });
  });

  it('is for who may delete', async () => {
    await moved('kept');
    expect((await run(['delete', 'team/app:kept', '--yes', ...here()], { as: 'pusher' })).exitCode).toBe(3);
    expect(await calls.named('kept')).toBe(named(two));
  });
});

describe('tags alone', () => {
  it('lists what can be resolved, and names what cannot', async () => {
    const server = createServer(({ url, method }, response) => {
      if (url?.includes('/tags/list')) response.end(JSON.stringify({ name: 'app', tags: ['bad', 'good'] }));
      else if (method === 'HEAD' && url?.endsWith('/good')) {
        const { mediaType, digest, size } = one.descriptor;
        response.writeHead(200, { 'content-type': mediaType, 'docker-content-digest': digest, 'content-length': size });
        response.end();
      } else response.writeHead(method === 'HEAD' ? 501 : 200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ran = await run([`127.0.0.1:${(server.address() as AddressInfo).port}/app`, '--json']);
    server.close();
    expect([ran.exitCode, ran.stderr]).toEqual([11, expect.stringMatching(/^not resolved: bad: .*501/)]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ tags: [{ tag: 'good', digest: named(one) }] });
  });

  it('lists a repository, with its options before or after', async () => {
    await registry.push('team/listed', config, one);
    await registry.tag('team/listed', 'history', one);
    const repository = `127.0.0.1:${registry.port}/team/listed`;
    const auth = Buffer.from(`anyone:${registry.tokens.viewer}`).toString('base64');
    const authFile = join(directory, 'auth.json');
    await writeFile(authFile, JSON.stringify({ auths: { [`127.0.0.1:${registry.port}`]: { auth } } }));
    const env = { REGISTRY_AUTH_FILE: authFile };
    for (const words of [
      ['--json', repository],
      [repository, '--json'],
    ]) {
      const ran = await run(words, { env });
      expect(JSON.parse(ran.stdout)).toMatchObject({ repository, tags: [{ tag: 'history', digest: named(one) }] });
    }
  });

  it('lists a repository of the registry that is served here, where none is named', async () => {
    await registry.push('team/here', config, one);
    await registry.tag('team/here', 'latest', one);
    const data = join(directory, 'served');
    await mkdir(data);
    await writeFile(join(data, 'serve.json'), JSON.stringify({ registryUrl: registry.url }));
    await writeFile(join(data, 'admin.token'), registry.tokens.viewer, { mode: 0o600 });
    const list = (name: string) => runWords(['tags', name, '--data', data, '--json'], { cwd: directory });
    const ran = await list('team/here');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      repository: `127.0.0.1:${registry.port}/team/here`,
      tags: [{ tag: 'latest', digest: named(one) }],
    });
    expect((await list('team/here:latest')).stderr).toContain('a repository is wanted, not a tag');
    expect((await runWords(['tags', 'team/here', '--data', directory])).exitCode).toBe(2);
  });
});
