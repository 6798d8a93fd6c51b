/** The workflows run for real, on Node 24 and loopback alone: starters as people copy them call those of this repository. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { ownAction } from '../../scripts/stamp-workflows.ts';
import { workflowToolPath } from '../../scripts/tool-plan.mjs';
import { bundleDirectory } from '../action/bundle-under-test.ts';
import { type LocalIssuer, openLocalIssuer } from '../identity/local-issuer.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { listFiles, readText } from '../repository-files.ts';
import { pickSteadyPort } from '../steady-port.ts';
import { type Act, type ActEnd, type ActRun, openAct } from '../workflows/act.ts';
import { openSourceRepository, type SourceRepository } from '../workflows/source-repository.ts';
import { fillStarter, tellingStep } from '../workflows/starter.ts';
import { openStrictGithub, type StrictGithub } from '../workflows/strict-github.ts';
import { openTokenEndpoint, type TokenEndpoint } from '../workflows/token-endpoint.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type Distribution, openDistribution } from './distribution.ts';
import { runProgram } from './run-program.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { openServed, type Served } from './served.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const jobToken = 'ghs_token_of_the_job';
const builds = [
  { platform: 'linux/amd64', runner: 'ubuntu-24.04' },
  { platform: 'linux/arm64', runner: 'ubuntu-24.04-arm' },
];

/** distribution 2 shows a manifest to whoever names its type. */
const manifestTypes = [mediaTypes.ociManifest, mediaTypes.ociIndex].join(', ');

let scratch: ScratchDirectory;
let distribution: Distribution;
let act: Act;
let repository: SourceRepository;
let repositories = 0;

beforeAll(async () => {
  scratch = await openScratchDirectory('workflows');
  distribution = await openDistribution();
  const directory = join(scratch.path, 'act');
  await mkdir(directory);
  act = await openAct(directory, { build: builds });
});
afterAll(async () => {
  await distribution?.close();
  await scratch?.close();
});

beforeEach(() => {
  repositories += 1;
  repository = openSourceRepository(join(scratch.path, `repository-${repositories}`));
});

const eventFixture = (name: string) => JSON.parse(readText(`test/fixtures/events/${name}.json`));
const hostOf = (url: string) => new URL(url).host;
/** A repository of the test's own. */
const ownImage = () => `${hostOf(distribution.url)}/acme/app-${repositories}`;

/** Writes the workflow where its repository has it, and runs it; one that fails fails the test, unless it may. */
async function run(
  workflow: string,
  { mayFail = false, ...job }: Omit<ActRun, 'repository' | 'workflow'> & { readonly mayFail?: boolean },
): Promise<ActEnd> {
  const path = '.github/workflows/copied.yml';
  await mkdir(join(repository.path, '.github', 'workflows'), { recursive: true });
  await writeFile(join(repository.path, path), workflow);
  const end = await act.run({ repository: repository.path, workflow: path, ...job });
  if (end.code !== 0 && !mayFail) throw new Error(end.text);
  return end;
}

/** A push of the tag, at the commit that is checked out. */
function pushOfTag(name: string, commit: string) {
  repository.tag(name);
  const payload = eventFixture('push-tag');
  return {
    event: 'push',
    payload: {
      ...payload,
      ref: `refs/tags/${name}`,
      after: commit,
      head_commit: { ...payload.head_commit, id: commit },
    },
  };
}

/** Somebody presses the button, with these inputs. */
function dispatch(inputs: Readonly<Record<string, string>>) {
  const payload = eventFixture('workflow-dispatch');
  return { event: 'workflow_dispatch', payload: { ...payload, ref: 'refs/heads/main', inputs } };
}

/** Outputs of the workflow that the starter calls, as the starter's next job sees them. */
const told = (end: ActEnd) => JSON.parse(end.outputsOf(tellingStep)['outputs'] ?? '{}');

/** What the tags name in a repository, as `host/repository`; undefined for those that are not there. */
async function digestsOf(image: string, tags: readonly string[], authorization?: string) {
  const [host, ...path] = image.split('/');
  const headers = { accept: manifestTypes, ...(authorization === undefined ? {} : { authorization }) };
  return await Promise.all(
    tags.map(async (tag) => {
      const answer = await fetch(`http://${host}/v2/${path.join('/')}/manifests/${tag}`, { headers });
      return answer.ok ? (answer.headers.get('docker-content-digest') ?? undefined) : undefined;
    }),
  );
}

describe('a release', () => {
  const site = { source: 'dir:site', entrypoint: '/server' };

  test('of a git tag takes its rungs, on Node 24, and a second run finds everything done', async () => {
    const commit = repository.commit({ 'site/index.html': 'first' });
    const workflow = fillStarter('release-on-tag.yml', { with: { images: ownImage(), ...site } });
    const event = pushOfTag('v1.2.3', commit);
    const end = await run(workflow, event);
    expect(end.nodes.length).toBeGreaterThanOrEqual(2);
    for (const line of end.nodes)
      expect(line).toMatch(/^node v24\.\d+\.\d+ runs .*\/org-registry-action@v[\d.]+\/dist\/index\.cjs$/);
    const { digest, reused, version } = told(end);
    expect({ reused, version }).toEqual({ reused: 'false', version: '1.2.3' });
    const tags = ['1.2.3', '1.2', '1', 'latest', `sha-${commit.slice(0, 12)}`];
    expect(await digestsOf(ownImage(), tags)).toEqual(tags.map(() => digest));
    const again = told(await run(workflow, event));
    expect([again.digest, again.reused, again.moved]).toEqual([digest, 'true', '[]']);
  });

  test('of a backport leaves what floats at the newer version', async () => {
    const workflow = fillStarter('release-on-tag.yml', { with: { images: ownImage(), ...site } });
    const old = repository.commit({ 'site/index.html': 'old' });
    await run(workflow, pushOfTag('v1.0.0', old));
    const newer = repository.commit({ 'site/index.html': 'newer' });
    const latest = told(await run(workflow, pushOfTag('v2.0.0', newer)));
    repository.checkout(old);
    const fix = repository.commit({ 'site/index.html': 'fix' });
    const backport = told(await run(workflow, pushOfTag('v1.0.1', fix)));
    expect(JSON.parse(backport.held).map(({ tag, at }: { tag: string; at: string }) => [tag, at])).toEqual([
      ['latest', '2.0.0'],
    ]);
    expect(await digestsOf(ownImage(), ['1.0.1', '1', 'latest', '2'])).toEqual([
      ...[backport.digest, backport.digest, latest.digest, latest.digest],
    ]);
  });

  test('that a bot made is built from the tag that it set, by the workflow that it calls', async () => {
    const released = repository.commit({ 'site/index.html': 'released' });
    repository.tag('v1.4.0');
    repository.commit({ 'site/index.html': 'what came afterwards' });
    const bot = {
      on: 'push',
      jobs: { image: { uses: './.github/workflows/release-from-bot.yml', with: { version: 'v1.4.0', ref: 'v1.4.0' } } },
    };
    repository.commit({
      '.github/workflows/release-from-bot.yml': fillStarter('release-from-bot.yml', {
        with: { images: ownImage(), ...site },
      }),
    });
    const end = await run(JSON.stringify(bot), { event: 'push', payload: eventFixture('push-branch') });
    expect(told(end)).toMatchObject({ version: '1.4.0', reused: 'false' });
    const tags = ['1.4.0', 'latest', `sha-${released.slice(0, 12)}`];
    expect(await digestsOf(ownImage(), tags)).toEqual(tags.map(() => told(end).digest));
  });

  test('that was missed is made good by hand', async () => {
    const released = repository.commit({ 'site/index.html': 'released' });
    repository.tag('v1.4.0');
    repository.commit({ 'site/index.html': 'what came afterwards' });
    const workflow = fillStarter('release-from-bot.yml', { with: { images: ownImage(), ...site } });
    const end = await run(workflow, dispatch({ version: 'v1.4.0', ref: 'v1.4.0' }));
    expect(await digestsOf(ownImage(), ['1.4.0', `sha-${released.slice(0, 12)}`])).toEqual([
      told(end).digest,
      told(end).digest,
    ]);
  });

  describe('to a registry that wants a password', () => {
    let registry: RegistryUnderTest;
    let tools: ContainerTools;

    beforeAll(async () => {
      registry = await openRegistryUnderTest();
      tools = await openContainerTools(join(scratch.path, 'tools'));
    });
    afterAll(async () => {
      await tools.close();
      await registry.close();
    });

    test('is built once by buildah, and the password is in no line', async () => {
      const commit = repository.commit({ Dockerfile: 'FROM scratch\nCOPY index.html /\n', 'index.html': 'built' });
      const image = `127.0.0.1:${registry.port}/team/app`;
      const password = registry.tokens.pusher;
      const workflow = fillStarter('release-on-tag.yml', {
        with: { images: `${image}\n${ownImage()}`, builder: 'buildah' },
        secrets: { 'registry-auth': `\${{ secrets.REGISTRY_AUTH }}` },
      });
      const auth = JSON.stringify({ [`127.0.0.1:${registry.port}`]: { username: 'ci', password } });
      const event = { ...pushOfTag('v3.0.0', commit), secrets: { REGISTRY_AUTH: auth }, env: tools.env };
      const end = await run(workflow, event);
      const { digest, images } = told(end);
      expect(JSON.parse(images).map(({ status }: { status: string }) => status)).toEqual(['done', 'done']);
      const basic = `Basic ${Buffer.from(`ci:${password}`).toString('base64')}`;
      expect(await digestsOf(image, ['3.0.0', 'latest'], basic)).toEqual([digest, digest]);
      expect(await digestsOf(ownImage(), ['3.0.0', 'latest'])).toEqual([digest, digest]);
      expect(end.shown.filter((line) => line.includes('COPY index.html'))).not.toEqual([]);
      expect(end.text).not.toContain(password);
      const again = await run(workflow, event);
      expect([told(again).digest, told(again).reused]).toEqual([digest, 'true']);
      expect(again.shown.filter((line) => line.includes('COPY index.html'))).toEqual([]);
    });
  });
});

describe('a matrix', () => {
  const matrix = () =>
    fillStarter('matrix-release.yml', { with: { images: ownImage(), source: 'dir:site', entrypoint: '/server' } });

  test('is merged into one index that takes the tags, and a second run builds nothing', async () => {
    const event = pushOfTag('v1.0.0', repository.commit({ 'site/index.html': 'first' }));
    const end = await run(matrix(), event);
    const { digest, platforms, subjects, version } = told(end);
    expect([version, JSON.parse(subjects)]).toEqual(['1.0.0', [{ name: ownImage(), digest }]]);
    const byPlatform: Record<string, string> = JSON.parse(platforms);
    expect(Object.keys(byPlatform).toSorted()).toEqual(builds.map(({ platform }) => platform));
    expect(await digestsOf(ownImage(), ['1.0.0', '1', 'latest'])).toEqual([digest, digest, digest]);
    const index = await fetch(`${distribution.url}/v2/acme/app-${repositories}/manifests/${digest}`, {
      headers: { accept: manifestTypes },
    });
    const { manifests }: { readonly manifests: readonly { readonly digest: string }[] } = JSON.parse(
      await index.text(),
    );
    expect(manifests.map((one) => one.digest).toSorted()).toEqual(Object.values(byPlatform).toSorted());
    expect([...end.jobs.keys()].toSorted()).toEqual(['build-0', 'build-1', 'look', 'merge', 'telling']);

    const again = await run(matrix(), event);
    expect([told(again).digest, told(again).moved]).toEqual([digest, '[]']);
    expect([...again.jobs.keys()].toSorted()).toEqual(['look', 'merge', 'telling']);
  });

  test('of a version that was published from another commit is refused before anything is built', async () => {
    const first = told(await run(matrix(), pushOfTag('v1.0.0', repository.commit({ 'site/index.html': 'first' }))));
    const other = repository.commit({ 'site/index.html': 'other' });
    const end = await run(matrix(), { ...pushOfTag('v1.0.0', other), mayFail: true });
    expect(end.code).not.toBe(0);
    expect(end.text).toContain('VERSION_PUBLISHED');
    expect([...end.jobs.keys()].toSorted()).toEqual(['look']);
    expect(await digestsOf(ownImage(), ['1.0.0', 'latest'])).toEqual([first.digest, first.digest]);
  });
});

describe('the promotion service', () => {
  let issuer: LocalIssuer;
  let endpoint: TokenEndpoint;
  let github: StrictGithub;
  let served: Served;
  const digests: Record<string, string> = {};

  /** What GitHub's tokens say of a run in acme/app that calls the workflow. */
  const claimsOf = (workflow: string, claims: Readonly<Record<string, unknown>> = {}) => ({
    ...{ repository: 'acme/app', repository_id: '5001', repository_owner: 'acme', repository_owner_id: '2001' },
    ...{ ref: 'refs/heads/main', event_name: 'workflow_dispatch', environment: undefined },
    job_workflow_ref: `${ownAction}/.github/workflows/${workflow}@refs/tags/v1`,
    ...claims,
  });
  const called = (workflow: string) => `{ repository: acme/app, repositoryId: 5001, ownerId: 2001, ref: refs/heads/main,
           workflow: ${ownAction}/.github/workflows/${workflow}@refs/tags/v1`;

  beforeAll(async () => {
    issuer = await openLocalIssuer();
    endpoint = await openTokenEndpoint(issuer);
    github = await openStrictGithub(jobToken);
    const port = String(await pickSteadyPort());
    served = await openServed({
      words: ['--api-port', port],
      config: `
registries: { hub: { url: "${distribution.url}", auth: anonymous } }
apps: { app: { repository: acme/app } }
environments:
  dev: { registry: hub, repository: "{repository}" }
  staging: { registry: hub, repository: "staging/{app}", from: dev }
  production: { registry: hub, repository: "production/{app}", from: staging }
identity: { issuers: { github: { issuer: "${issuer.url}", audience: "http://127.0.0.1:${port}" } } }
access:
  - { who: ${called('promote.yml')}, environment: staging }, may: [promote], in: [staging] }
  - { who: ${called('rollback.yml')} }, may: [rollback], in: [staging, production] }
  - { who: ${called('chat-ops.yml')}, events: [issue_comment] }, may: [promote, rollback], in: [staging, production] }
`,
    });
  });
  afterAll(async () => {
    for (const part of [served, github, endpoint, issuer]) await part?.close();
  });

  beforeEach(async () => {
    github.clear();
    if ('1.3.0' in digests) return;
    const images = `${hostOf(distribution.url)}/acme/app`;
    const workflow = fillStarter('release-on-tag.yml', { with: { images, source: 'dir:site' } });
    for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0']) {
      const commit = repository.commit({ 'site/index.html': version });
      digests[version] = told(await run(workflow, pushOfTag(`v${version}`, commit))).digest;
    }
  });

  const serviceJob = () => ({
    vars: { PROMOTION_SERVICE: served.apiUrl },
    env: { ...endpoint.env, GITHUB_API_URL: github.apiUrl },
  });
  const promote = async (version: string, more: { readonly mayFail?: boolean } = {}) =>
    await run(fillStarter('promote.yml'), {
      ...dispatch({ app: 'app', environment: 'staging', version, reason: 'new search' }),
      ...serviceJob(),
      ...more,
    });
  const currentIn = async (environment: string) =>
    (await digestsOf(`${hostOf(distribution.url)}/${environment}/app`, [environment]))[0];

  test('promotes and rolls back by hand, for the workflows that its rules name', async () => {
    repository.commit({ 'README.md': 'app' });
    endpoint.claims = claimsOf('promote.yml', { environment: 'staging' });
    for (const version of ['1.0.0', '1.1.0']) {
      expect(told(await promote(version))).toMatchObject({ 'promotion-state': 'promoted' });
      expect(await currentIn('staging')).toBe(digests[version]);
    }
    expect(endpoint.audiences).toContain(served.apiUrl);

    endpoint.claims = claimsOf('rollback.yml');
    const end = await run(fillStarter('rollback.yml'), {
      ...dispatch({ app: 'app', environment: 'staging', to: '1.0.0', reason: 'orders are lost' }),
      ...serviceJob(),
    });
    expect(told(end)).toMatchObject({ 'promotion-state': 'promoted' });
    expect(await currentIn('staging')).toBe(digests['1.0.0']);
    const { body } = await served.api('GET', '/api/v1/apps/app/environments/staging/history');
    expect(JSON.stringify(body)).toContain('github:acme/app by octocat (rollback.yml, run');
  });

  test.each([
    ['another branch', { ref: 'refs/heads/feature' }],
    ['another environment of GitHub', { environment: 'production' }],
    ['a workflow of its own', { job_workflow_ref: 'acme/app/.github/workflows/promote.yml@refs/heads/main' }],
  ])('refuses a job of %s', async (_, claims) => {
    repository.commit({ 'README.md': 'app' });
    endpoint.claims = claimsOf('promote.yml', { environment: 'staging', ...claims });
    const before = await currentIn('staging');
    const end = await promote('1.1.0', { mayFail: true });
    expect(end.code).not.toBe(0);
    expect(end.text).toContain('ACCESS_DENIED');
    expect(await currentIn('staging')).toBe(before);
  });

  /** Somebody writes below pull request 12. */
  const comment = async (body: string, more: object = {}, mayFail = false) => {
    repository.commit({ 'README.md': 'app' });
    endpoint.claims = claimsOf('chat-ops.yml', { event_name: 'issue_comment' });
    const payload = eventFixture('issue-comment-pull-request');
    const written = { ...payload.comment, body, author_association: 'MEMBER', ...more };
    return await run(fillStarter('chat-ops.yml'), {
      ...{ event: 'issue_comment', payload: { ...payload, comment: written }, mayFail },
      ...serviceJob(),
    });
  };

  test('promotes and rolls back by comments, and the replies stand below them', async () => {
    const first = await comment(
      '> what of 1.2.0?\n\n/promote app 1.2.0 to staging --reason "new search; $(id)"\nThanks!',
    );
    expect(told(first)).toMatchObject({ 'promotion-state': 'promoted' });
    expect(await currentIn('staging')).toBe(digests['1.2.0']);
    await comment('/promote app 1.3.0 to staging');
    expect(await currentIn('staging')).toBe(digests['1.3.0']);
    await comment('/rollback app staging to 1.2.0 orders are lost');
    expect(await currentIn('staging')).toBe(digests['1.2.0']);
    expect(github.reactions).toEqual([1, 2, 3].map(() => ({ comment: 7200, content: 'eyes' })));
    expect(github.comments).toEqual([1, 2, 3].map(() => ({ issue: 12, body: expect.stringContaining('🟢') })));
    expect(github.refused).toEqual([]);
    expect(first.text).not.toContain('uid=');
  });

  test('tells the status and a refusal below the comment', async () => {
    await comment('/status app');
    expect(github.comments[0]?.body).toContain('staging');
    const end = await comment('/promote app 1.1.0 to dev', {}, true);
    expect(end.code).not.toBe(0);
    expect(github.comments[1]?.body).toContain('`ACCESS_DENIED`');
    expect(github.refused).toEqual([]);
  });

  test.each([
    ['a stranger', '/rollback app staging it is fun', { author_association: 'NONE' }],
    ['a bot', '/rollback app staging it is fun', { user: { login: 'helper[bot]', type: 'Bot' } }],
    ['somebody who asks for nothing', 'Did you try and/or restart it?', {}],
  ])('is not asked by %s: no job is started', async (_, body, more) => {
    const asked = endpoint.audiences.length;
    const end = await comment(body, more);
    expect(end.jobs.has('chat')).toBe(false);
    expect(endpoint.audiences).toHaveLength(asked);
    expect([...github.comments, ...github.reactions]).toEqual([]);
  });
});

describe('this repository', () => {
  /** npm installs what this clone has; gh writes down what it is asked, and knows the Releases that it made. */
  const programs = {
    npm: `ln -sfn '${join(root, 'node_modules')}' node_modules`,
    gh: 'case "$2" in view) grep -qs "create $3 " "$ASKED" ;; *) echo "$@" >>"$ASKED" ;; esac',
  };

  test('is published under the version of package.json, and a second run changes nothing', async () => {
    const bin = join(scratch.path, 'bin');
    await mkdir(bin);
    for (const [name, text] of Object.entries(programs)) {
      await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    for (const path of listFiles()) await cp(join(root, path), join(repository.path, path));
    await cp(await bundleDirectory(), join(repository.path, 'dist'), { recursive: true });
    const passed = { on: 'workflow_call', jobs: { all: { 'runs-on': 'ubuntu-latest', steps: [{ run: 'true' }] } } };
    const commit = repository.commit({ '.github/workflows/ci.yml': JSON.stringify(passed) });
    const asked = join(scratch.path, 'asked');
    const env = { ASKED: asked, PATH: `${bin}:${join(root, 'node_modules', '.bin')}:${process.env['PATH']}` };
    const workflow = readText('.github/workflows/publish.yml').replace(/^ *queue: max\n/m, '');
    const { version }: { readonly version: string } = JSON.parse(readText('package.json'));
    for (let time = 1; time <= 2; time += 1) await run(workflow, { ...dispatch({}), env });
    const created = `release create v${version} --verify-tag --generate-notes --latest=true --prerelease=false\n`;
    expect(await readFile(asked, 'utf8')).toBe(created);
    expect(repository.tags().get(`v${version}`)).toBe(commit);
    for (const [, named] of repository.tags()) expect(named).toBe(commit);
  });
});

describe('actionlint', () => {
  const lint = async (cwd: string, ...paths: readonly string[]) => {
    const [, directory = ''] = workflowToolPath(root);
    const { code, stdout, stderr } = await runProgram(join(directory, 'actionlint'), ['-no-color', ...paths], { cwd });
    return { code, said: stdout + stderr };
  };
  const workflows = listFiles().filter((path) => /^(?:\.github\/)?workflows\/[\w-]+\.yml$/.test(path));

  test('has nothing to say about any workflow', async () => {
    expect(workflows.length).toBeGreaterThanOrEqual(13);
    expect(await lint(root, ...workflows)).toEqual({ code: 0, said: '' });
  });

  test('has nothing to say when it sees the workflows that are called, and the Action', async () => {
    const clone = join(scratch.path, 'linted');
    await mkdir(join(clone, '.git'), { recursive: true });
    for (const path of ['.github', 'action.yml', 'dist'])
      await cp(join(root, path), join(clone, path), { recursive: true });
    const local = async (path: string, change: (text: string) => string = (text) => text) => {
      const target = `.github/workflows/${path.startsWith('workflows/') ? 'starter-' : ''}${path.split('/').at(-1)}`;
      const text = (await readFile(join(root, path), 'utf8'))
        .replaceAll(new RegExp(`uses: ${ownAction}/(\\S+)@v1`, 'g'), 'uses: ./$1')
        .replaceAll(new RegExp(`uses: ${ownAction}@v\\S+`, 'g'), 'uses: ./');
      await writeFile(join(clone, target), change(text));
      return target;
    };
    const paths = await Promise.all(workflows.map((path) => local(path)));
    expect(await lint(clone, ...paths)).toEqual({ code: 0, said: '' });
    // It sees them indeed.
    const wrong = await local('workflows/promote.yml', (text) => text.replace('reason: ${{', 'raeson: ${{'));
    expect(await lint(clone, wrong)).toMatchObject({
      code: 1,
      said: expect.stringContaining('"raeson" is not defined'),
    });
  });
});
