/** `release`, `release merge` and `release tag` on the embedded registry: what becomes of tags, exit codes, what is printed where. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRegistryProxy } from '../e2e/registry-proxy.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { openReleaseSite, type ReleaseSite, siteCommit } from './release-site.ts';

let registry: RegistryUnderTest;
let site: ReleaseSite;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
});
afterAll(() => registry.close());
beforeEach(async () => {
  site = await openReleaseSite(registry);
});
afterEach(() => site.close());

const otherCommit = 'fedcba9876543210fedcba9876543210fedcba98';
/** A port that nobody can listen on. */
const absentImage = '127.0.0.1:1/team/site';

/** `code` of the first line of an error. */
const codeIn = (stderr: string) => /^error ([A-Z_]+):/m.exec(stderr)?.[1];

describe('a version', () => {
  it('is published under its exact tag and every rung, each named on stdout with its digest', async () => {
    const ran = await site.release('1.9.1');
    expect(ran.exitCode).toBe(0);
    const digest = await site.digestOf('1.9.1');
    for (const tag of ['1.9', '1', 'latest', 'sha-0123456789ab']) expect(await site.digestOf(tag)).toBe(digest);
    const lines = ['1.9.1', 'sha-0123456789ab', '1.9', '1', 'latest'].map((tag) => `${site.image}:${tag}@${digest}`);
    expect(ran.stdout).toBe(`${lines.join('\n')}\n`);
  });

  it('is told before anything changes, and as a table when it has', async () => {
    const { stderr } = await site.release('1.9.1');
    expect(stderr.startsWith('release of 1.9.1\n\n')).toBe(true);
    expect(stderr).toContain('tags    1.9.1, and 1.9, 1, latest where no higher version has them; sha-0123456789ab\n');
    expect(stderr).toMatch(/^127\.0\.0\.1:\d+\/team\/site-\d+ {2}1\.9\.1 +✓ created$/m);
  });

  it('that is released again from its commit is taken as it is, whatever the files say by then', async () => {
    await site.release('1.9.1');
    const digest = await site.digestOf('1.9.1');
    await site.write('<h1>something else</h1>');
    const ran = await site.release('1.9.1', ['--json']);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ digest, reused: true, moved: [] });
  });

  it('that is a backport leaves the rungs of higher ones where they are, and says so', async () => {
    await site.release('2.0.1');
    const latest = await site.digestOf('latest');
    await site.write('<h1>backport</h1>');
    const ran = await site.release('1.9.1');
    expect(ran.exitCode).toBe(0);
    expect(await site.digestOf('latest')).toBe(latest);
    expect(await site.digestOf('1')).toBe(await site.digestOf('1.9.1'));
    expect(ran.stderr).toMatch(/^ +latest +■ held at 2\.0\.1: a higher version is there$/m);
    expect(ran.stdout).not.toContain(':latest@');
  });

  it('that is published from another commit is a conflict, and nothing moves', async () => {
    await site.release('1.9.1');
    const digest = await site.digestOf('1.9.1');
    await site.write('<h1>another</h1>');
    const ran = await site.release('1.9.1', ['--revision', otherCommit]);
    expect([ran.exitCode, codeIn(ran.stderr), ran.stdout]).toEqual([5, 'VERSION_PUBLISHED', '']);
    expect([await site.digestOf('1.9.1'), await site.digestOf('latest')]).toEqual([digest, digest]);
  });

  it('comes from the tag of the system that runs the job, and its commit too', async () => {
    const env = { GITLAB_CI: 'true', CI_COMMIT_TAG: 'v3.1.4', CI_COMMIT_SHA: otherCommit };
    const words = ['release', '--images', site.image, '--source', 'dir:site', '--json'];
    const ran = await site.run(words, { env });
    expect(JSON.parse(ran.stdout)).toMatchObject({ version: '3.1.4', revision: { commit: otherCommit } });
  });
});

describe('a dry run', () => {
  it('prints what would be, and sends nothing but questions', async () => {
    const proxy = await openRegistryProxy(registry.url);
    const image = site.image.replace(/^[^/]+/, new URL(proxy.url).host);
    const env = { REGISTRY_ACTION_USERNAME: 'ci', REGISTRY_ACTION_PASSWORD: registry.tokens.pusher };
    const ran = await site.release('1.9.1', ['--images', image, '--dry-run'], { env });
    await proxy.close();
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/^\S+ {2}1\.9\.1 +→ would be created$/m);
    expect(proxy.seen.length).toBeGreaterThan(0);
    expect(proxy.seen.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    expect(await site.digestOf('1.9.1')).toBeUndefined();
  });

  it('as JSON is the same document as a release', async () => {
    const ran = await site.release('1.9.1', ['--dry-run', '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ schema: 1, 'dry-run': true, digest: '', version: '1.9.1' });
  });
});

describe('several repositories', () => {
  it('of which an optional one is down leave the release partly done, each with what became of it', async () => {
    const ran = await site.release('1.9.1', ['--optional-images', absentImage, '--json']);
    expect([ran.exitCode, codeIn(ran.stderr)]).toEqual([11, 'REGISTRY_UNREACHABLE']);
    expect(JSON.parse(ran.stdout).images).toMatchObject([
      { image: site.image, status: 'done', error: null },
      { image: absentImage, status: 'failed', required: false, error: { code: 'REGISTRY_UNREACHABLE' } },
    ]);
    expect(await site.digestOf('latest')).toBe(JSON.parse(ran.stdout).digest);
  });

  it('of which an optional one refuses the push leave the release partly done', async () => {
    const other = await openRegistryUnderTest();
    const image = `127.0.0.1:${other.port}/team/site`;
    const auth = { [image.split('/')[0] ?? '']: { username: 'viewer', password: other.tokens.viewer } };
    const env = { REGISTRY_ACTION_REGISTRY_AUTH: JSON.stringify(auth) };
    const ran = await site.release('1.9.1', ['--optional-images', image], { env });
    await other.close();
    expect([ran.exitCode, codeIn(ran.stderr)]).toEqual([11, 'REGISTRY_DENIED']);
    expect(await site.digestOf('latest')).toBe(await site.digestOf('1.9.1'));
  });

  it('of which a required one is down end with its code, and nothing is published anywhere', async () => {
    const ran = await site.release('1.9.1', ['--images', absentImage]);
    expect([ran.exitCode, codeIn(ran.stderr), ran.stdout]).toEqual([7, 'REGISTRY_UNREACHABLE', '']);
    expect(await site.digestOf('1.9.1')).toBeUndefined();
  });
});

describe('an output file', () => {
  const outputs = (name: string) => readFile(join(site.directory, name), 'utf8');

  it('of variables has one a line, without quotes and without what is empty', async () => {
    expect((await site.release('1.9.1', ['--output-file', 'release.env'])).exitCode).toBe(0);
    const lines = (await outputs('release.env')).split('\n');
    expect(lines.pop()).toBe('');
    const values = new Map(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
    expect([...values.keys()]).toEqual([
      ...['RELEASE_DIGEST', 'RELEASE_VERSION', 'RELEASE_TAGS', 'RELEASE_TAG_NAMES', 'RELEASE_MOVED'],
      ...['RELEASE_IMAGES', 'RELEASE_REUSED'],
    ]);
    expect(values.get('RELEASE_DIGEST')).toBe(await site.digestOf('1.9.1'));
    expect(values.get('RELEASE_TAG_NAMES')).toBe('1.9.1,sha-0123456789ab,1.9,1,latest');
    expect(lines.filter((line) => /["'\s]/.test(line))).toEqual([]);
  });

  it('of JSON has the document that --json prints', async () => {
    const ran = await site.release('1.9.1', ['--output-file', 'release.json', '--json']);
    expect(await outputs('release.json')).toBe(ran.stdout);
  });

  it('has the format that is said, whatever it is called', async () => {
    await site.release('1.9.1', ['--output-file', 'release.txt', '--output-format', 'json']);
    expect(JSON.parse(await outputs('release.txt'))).toMatchObject({ version: '1.9.1' });
  });

  it('of an earlier release does not outlive one that fails', async () => {
    await writeFile(join(site.directory, 'release.env'), 'RELEASE_DIGEST=sha256:old\n');
    const ran = await site.release('1.9.1', ['--images', absentImage, '--output-file', 'release.env']);
    expect([ran.exitCode, await outputs('release.env')]).toEqual([7, '']);
  });

  it.each([
    [['--output-file', 'release.txt']],
    [['--output-file', 'release.env', '--output-format', 'xml']],
    [['--output-file', 'absent/release.env']],
    [['--output-format', 'json']],
  ])('that cannot be written as %j asks is refused before anything is done', async (words) => {
    const ran = await site.release('1.9.1', words);
    expect([ran.exitCode, codeIn(ran.stderr)]).toEqual([2, 'REQUEST_INVALID']);
    expect(await site.digestOf('1.9.1')).toBeUndefined();
  });
});

describe('on a terminal', () => {
  it('the plan is shown and asked about, and a no changes nothing', async () => {
    const ran = await site.release('1.9.1', [], { answers: ['n'], tty: true });
    expect(ran.exitCode).toBe(13);
    expect(ran.questions).toEqual(['go ahead with the release of 1.9.1? [y/N] ']);
    expect(ran.stderr).toContain('→ would be created');
    expect(await site.digestOf('1.9.1')).toBeUndefined();
  });

  it.each([
    ['a yes', [], ['y'], 1],
    ['--yes', ['--yes'], [], 0],
  ])('%s goes ahead', async (_, words, answers, questions) => {
    const ran = await site.release('1.9.1', words, { answers, tty: true });
    expect([ran.exitCode, ran.questions.length]).toEqual([0, questions]);
    // The bar is drawn while bytes move, and taken away again.
    expect(ran.stderr).toContain('\r\x1b[Kpushing ');
    expect(await site.digestOf('latest')).toBeDefined();
  });

  it('what is so already is not asked about', async () => {
    await site.release('1.9.1');
    const ran = await site.release('1.9.1', [], { answers: ['n'], tty: true });
    expect([ran.exitCode, ran.questions]).toEqual([0, []]);
  });
});

describe('images that are there', () => {
  const digestIn = (stdout: string) => JSON.parse(stdout).digest as string;

  it('take the tags of a version by their digest', async () => {
    const words = ['release', '--images', site.image, '--source', 'dir:site', '--by-digest', '--revision', siteCommit];
    const pushed = await site.run(words);
    expect(pushed.stdout).toMatch(/@sha256:[0-9a-f]{64}\n$/);
    const digest = pushed.stdout.trim().split('@')[1] ?? '';
    const tagged = await site.run(['release', 'tag', '--images', site.image, '--version', '1.9.1', '--digest', digest]);
    expect(tagged.exitCode).toBe(0);
    expect(await site.digestOf('latest')).toBe(digest);
  });

  it('of several platforms are merged into one', async () => {
    const digests: string[] = [];
    for (const platforms of ['linux/amd64', 'linux/arm64']) {
      const words = ['release', '--images', site.image, '--source', 'dir:site', '--by-digest', '--json'];
      digests.push(digestIn((await site.run([...words, '--platforms', platforms])).stdout));
    }
    const [one = '', other = ''] = digests;
    const words = ['release', 'merge', '--images', site.image, '--version', '1.9.1', '--sources', one];
    const ran = await site.run([...words, '--sources', other, '--json']);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout).platforms).toEqual({ 'linux/amd64': one, 'linux/arm64': other });
    expect(await site.digestOf('latest')).toBe(digestIn(ran.stdout));
  });

  it('that are only built are on stdout by their digest alone', async () => {
    const ran = await site.release('1.9.1', ['--no-push']);
    expect(ran.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(await site.digestOf('1.9.1')).toBeUndefined();
  });
});

describe('what a release keeps for itself', () => {
  it('is gone when it ends, and when it fails', async () => {
    await site.release('1.9.1');
    await site.release('1.9.2', ['--images', absentImage]);
    expect(await readdir(site.temporary)).toEqual([]);
    expect(await readdir(join(site.directory, 'docker'))).toEqual(['config.json']);
  });
});

describe('--quiet', () => {
  it('leaves stdout as it is and stderr empty', async () => {
    const ran = await site.release('1.9.1', ['--quiet']);
    expect(ran.stdout.split('\n')[0]).toBe(`${site.image}:1.9.1@${await site.digestOf('1.9.1')}`);
    expect(ran.stderr).toBe('');
  });
});

describe('settings that make no sense', () => {
  it('are told all at once', async () => {
    const ran = await site.release('1.9', ['--latest', 'sometimes', '--platforms', 'nonsense', '--json']);
    expect(ran.exitCode).toBe(2);
    const { error } = JSON.parse(ran.stdout);
    expect(error.code).toBe('SETTING_INVALID');
    for (const name of ['version', 'latest', 'platforms']) expect(error.message).toContain(`${name}: `);
  });
});
