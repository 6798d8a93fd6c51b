/** The README's walk-through, typed into a terminal as it is printed, on the ports it names. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type DockerDaemon, openDockerDaemon } from './docker-daemon.ts';
import { leftProcesses } from './left-processes.ts';
import { type NetworkNamespace, openNetworkNamespace } from './network-namespace.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { controlC, type TypedCommand, typeCommand } from './terminal.ts';
import { writeImageContext } from './version-image.ts';
import { waitUntil } from './wait-until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The folder in which the README's app is built. */
const appFolder = 'path/to/your/app';

/** The code blocks below a heading, each as lines. */
function blocksOf(heading: string): readonly (readonly string[])[] {
  const [, after = ''] = readme.split(`\n### ${heading}\n`);
  const [section = ''] = after.split(/\n##/);
  return [...section.matchAll(/^```\n(.*?)^```/gms)].map(([, text = '']) => text.trimEnd().split('\n'));
}

/** The commands below a heading, in order: blocks of anything else show what commands print. */
function commandsOf(heading: string): readonly string[] {
  return blocksOf(heading)
    .filter(([first = '']) => /^(npx|docker|podman|skopeo) /.test(first))
    .flat();
}

/** What the command prints according to the README: the block behind its own. */
function printedAfter(heading: string, command: string): string {
  const blocks = blocksOf(heading);
  return (blocks[blocks.findIndex((block) => block.includes(command)) + 1] ?? []).join('\n');
}

/** Without what differs from run to run: digests and ages. Columns may be wider or narrower then. */
function timeless(text: string): string {
  return text
    .replace(/\b[0-9a-f]{12}\b/g, 'DIGEST')
    .replace(/\bnow\b|\b\d+ (s|min)( \d+ s)?(?=\s|\)|$)/gm, 'AGE')
    .replace(/─+/g, '─')
    .replace(/[ ]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}

let scratch: ScratchDirectory;
let network: NetworkNamespace;
let tools: ContainerTools;
let daemon: DockerDaemon;
let serve: TypedCommand;
/** The clone that the README speaks of. */
let clone = '';

beforeAll(async () => {
  scratch = await openScratchDirectory('readme');
  network = await openNetworkNamespace();
  tools = await openContainerTools(join(scratch.path, 'tools'), { hasNetwork: false });
  daemon = await openDockerDaemon(join(scratch.path, 'dockerd'), network.enter);
  clone = join(scratch.path, 'clone');
  await mkdir(clone);
  const entries = readdirSync(root).filter((name) => name !== '.git' && name !== '.registry-action');
  for (const name of entries) await symlink(join(root, name), join(clone, name));
  await writeImageContext(join(clone, appFolder), '1.0.0');
});

afterAll(async () => {
  await serve?.close();
  await daemon?.close();
  await tools?.close();
  await network?.close();
  await scratch?.close();
});

/** Types it in the folder of the clone. */
function type(line: string): TypedCommand {
  const env = {
    ...tools.env,
    DOCKER_HOST: daemon.host,
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
    NO_UPDATE_NOTIFIER: '1',
    npm_config_progress: 'false',
    // Debian's own docker and Node first: a newcomer has no other.
    PATH: ['/usr/bin', process.env['PATH'] ?? ''].join(delimiter),
  };
  return typeCommand(line, { env, cwd: clone, enter: network.enter });
}

/** Types it, answers what it asks, and expects it to succeed; what it showed. */
async function typeToEnd(line: string, answers: Readonly<Record<string, string>> = {}): Promise<string> {
  const typed = type(line);
  for (const [question, reply] of Object.entries(answers)) await typed.answer(question, `${reply}\n`);
  const { code, shown } = await typed.ended();
  expect(`${line}: exit code ${code}\n${code === 0 ? '' : shown}`).toBe(`${line}: exit code 0\n`);
  return shown;
}

/** Types a promotion, and says yes to its plan. */
function typePromotion(line: string): Promise<string> {
  return typeToEnd(line, { '[y/N]': 'y' });
}

const [serveCommand = ''] = commandsOf('Start it');
const pushCommands = commandsOf('Push a version');
const [toStaging = '', showStatus = '', toProduction = '', pull = '', run = ''] = commandsOf('Promote it');
const [rollback = '', showHistory = ''] = commandsOf('Roll it back');

describe('the walk through', () => {
  test('one command starts everything', async () => {
    serve = type(serveCommand);
    await serve.answer('press Ctrl-C to stop', '');
    expect(serve.shown()).toMatch(/the administrator's token is rat_\w+/);
    expect(serve.shown()).toContain('ready: API http://127.0.0.1:7420, registry http://127.0.0.1:7421');
    // So that finding none after Ctrl-C means something: registry, Redis and its keeper, API and worker.
    expect(leftProcesses(join(clone, '.registry-action')).length).toBeGreaterThanOrEqual(5);
  });

  test('docker logs in, builds and pushes', async () => {
    expect(pushCommands.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'docker login',
      'docker build',
      'docker push',
    ]);
    for (const line of pushCommands) await typeToEnd(line);
  });

  test('two commands promote it, and the plan is the one that is printed here', async () => {
    await typePromotion(toStaging);
    await waitUntil('dev has followed, and staging is on the same release', async () =>
      /^web +1\.0\.0 +(\w{12}) +1\.0\.0 +\1 /m.test(await typeToEnd(showStatus)),
    );
    const shown = await typePromotion(toProduction);
    expect(timeless(shown)).toContain(timeless(printedAfter('Promote it', toStaging)));
    await typeToEnd(pull);
    expect(await typeToEnd(run)).toContain('1.0.0');
  });

  test('a second version goes the same way, and one command takes it back', async () => {
    await writeImageContext(join(clone, appFolder), '1.1.0');
    for (const line of pushCommands.slice(1)) await typeToEnd(line.replace('1.0.0', '1.1.0'));
    await typePromotion(toStaging.replace('1.0.0', '1.1.0'));
    await typePromotion(toProduction);
    await typeToEnd(rollback, { 'type the name of the app': 'web' });
    await typeToEnd(pull);
    expect(await typeToEnd(run)).toContain('1.0.0');
  });

  test('history and status show what is printed here', async () => {
    const history = await typeToEnd(showHistory);
    expect(timeless(history).trim()).toBe(timeless(printedAfter('Roll it back', showHistory)).trim());
    const expected = timeless(printedAfter('Roll it back', showStatus)).trim();
    const status = await waitUntil('dev follows the second version', async () => {
      const shown = timeless(await typeToEnd(showStatus)).trim();
      return shown.includes('web 1.1.0') ? shown : undefined;
    });
    expect(status).toBe(expected);
  });

  test('podman and skopeo push as well', async () => {
    for (const line of commandsOf('With other tools')) {
      // No registry on the other side of the world.
      const here = line.replace(
        'docker://docker.io/library/alpine:3.20',
        '--src-tls-verify=false docker://127.0.0.1:7421/dev/web:1.0.0',
      );
      const shown = await typeToEnd(here);
      if (here.startsWith('podman run')) expect(shown).toContain('1.1.0');
    }
    expect(await typeToEnd('npx registry-action tags 127.0.0.1:7421/dev/web')).toMatch(/^1\.2\.0 /m);
    expect(await typeToEnd('npx registry-action tags 127.0.0.1:7421/dev/alpine')).toMatch(/^3\.20\.0 /m);
  });

  test('Ctrl-C ends everything, and the next start goes on where it was', async () => {
    await stopServing();
    serve = type(serveCommand);
    await serve.answer('press Ctrl-C to stop', '');
    expect(serve.shown()).not.toContain('first start');
    expect(await typeToEnd(showHistory)).toContain('checkout is broken');
    await stopServing();
  });
});

const [serveAlone = '', ...aloneCommands] = commandsOf('A registry and nothing else');

describe('a registry and nothing else', () => {
  test('is one command, which tells what to type next', async () => {
    serve = type(serveAlone);
    await serve.answer('press Ctrl-C to stop', '');
    expect(serve.shown()).toContain('ready: registry http://127.0.0.1:5000');
    expect(serve.shown()).not.toMatch(/promote|redis/i);
    const told = serve
      .shown()
      .split('\n')
      .map((line) => line.trim());
    expect(told).toContain(aloneCommands[0]);
  });

  test.each(['docker', 'podman'])(
    'is signed in to, pushed to and pulled from by %s, which runs what came',
    async (name) => {
      const own = aloneCommands.filter((line) => line.startsWith(name));
      expect(own.map((line) => line.split(' ')[1])).toEqual(['login', 'build', 'push', 'pull', 'run']);
      let shown = '';
      for (const line of own) {
        // What was built is taken away, so that it comes from the registry.
        if (line.startsWith(`${name} pull`)) await typeToEnd(`${name} rmi --force ${line.split(' ').at(-1)}`);
        shown = await typeToEnd(line);
      }
      // The version that was built last in this folder.
      expect(shown).toContain('1.1.0');
    },
  );

  test('lets others in as the command that it tells says', async () => {
    const add =
      serve
        .shown()
        .split('\n')
        .find((line) => line.includes('users add')) ?? '';
    const password = 'correct horse battery';
    await typeToEnd(`echo ${password} | npx ${add.trim().replace('NAME', 'ada')} --password-stdin`);
    await typeToEnd(`echo ${password} | docker login 127.0.0.1:5000 -u ada --password-stdin`);
    await serve.answer('', controlC);
    await serve.ended();
    await waitUntil('every process is gone', async () => leftProcesses(join(clone, 'registry-data')).length === 0);
  });
});

/** Presses Ctrl-C, which npx and the shell hear as well: the exit code is theirs. */
async function stopServing(): Promise<void> {
  await serve.answer('', controlC);
  await serve.ended();
  expect(serve.shown()).toContain('closing');
  await waitUntil('every process is gone', async () => leftProcesses(join(clone, '.registry-action')).length === 0);
}
