/** What prepare.mjs does to a clone, with an npm that only writes down what it was asked. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const scripts = join(import.meta.dirname, '../../scripts');
const clones: string[] = [];
afterEach(() => {
  for (const clone of clones.splice(0)) rmSync(clone, { recursive: true });
});

/** An empty clone whose lock-file asks for a@1.0.0 and Node 24.9.9, and an npm that runs `npmScript`. */
function openClone(npmScript: string): string {
  const clone = mkdtempSync(join(tmpdir(), 'prepare-'));
  clones.push(clone);
  for (const name of ['prepare.mjs', 'tool-plan.mjs']) cpSync(join(scripts, name), join(clone, 'scripts', name));
  writeFileSync(join(clone, 'scripts/registry-action.mjs'), '');
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ devDependencies: { node: '24.9.9' } }));
  writeFileSync(
    join(clone, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, a: { version: '1.0.0' }, b: { version: '1.0.0', optional: true } } }),
  );
  mkdirSync(join(clone, 'bin'));
  writeScript(join(clone, 'bin/npm'), `echo "$@" >> asked\n${npmScript}`);
  return clone;
}

function writeScript(path: string, text: string) {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

function install(clone: string, version: string, nodeVersion: string | undefined) {
  mkdirSync(join(clone, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(clone, 'node_modules/.package-lock.json'), JSON.stringify({ packages: { a: { version } } }));
  if (nodeVersion !== undefined) writeScript(join(clone, 'node_modules/.bin/node'), `echo v${nodeVersion}`);
}

function prepare(clone: string, words: readonly string[] = ['--no-redis'], environment: Record<string, string> = {}) {
  const run = spawnSync(process.execPath, [join(clone, 'scripts/prepare.mjs'), ...words], {
    encoding: 'utf8',
    env: { PATH: `${clone}/bin:/usr/bin:/bin`, ...environment },
  });
  const askedPath = join(clone, 'asked');
  const asked = existsSync(askedPath) ? readFileSync(askedPath, 'utf8').trim().split('\n') : [];
  return { status: run.status, said: run.stderr, printed: run.stdout, asked };
}

/** Shell text that installs what the lock-file asks for, as `npm ci` would. */
const installsAll = `mkdir -p node_modules/.bin
printf '{"packages":{"a":{"version":"1.0.0"}}}' > node_modules/.package-lock.json
printf '#!/bin/sh\\necho v24.9.9\\n' > node_modules/.bin/node && chmod +x node_modules/.bin/node`;

it('a clone that has what its lock-file asks for is left alone without a word', () => {
  const clone = openClone('');
  install(clone, '1.0.0', '24.9.9');
  expect(prepare(clone)).toEqual({ status: 0, said: '', printed: '', asked: [] });
});

it('a fresh clone gets its packages, and that is said first', () => {
  const clone = openClone(installsAll);
  const { status, said, asked } = prepare(clone);
  expect({ status, asked }).toEqual({ status: 0, asked: ['ci --loglevel=error'] });
  expect(said).toMatch(/^prepare: installing .*npm ci/);
});

it('a clone whose packages are of another version than locked gets them anew', () => {
  const clone = openClone(installsAll);
  install(clone, '0.9.0', '24.9.9');
  expect(prepare(clone)).toMatchObject({ status: 0, asked: ['ci --loglevel=error'] });
});

it('a failing npm ci stops everything', () => {
  expect(prepare(openClone('exit 1'))).toMatchObject({ status: 1, said: expect.stringContaining('npm ci failed') });
});

it('an install script of node that npm refused is run', () => {
  const clone = openClone(installsAll);
  install(clone, '1.0.0', undefined);
  const { status, asked } = prepare(clone);
  expect({ status, asked }).toEqual({ status: 0, asked: [expect.stringMatching(/^rebuild node /)] });
});

it('a Node that stays the wrong one is named with the command that mends it', () => {
  const clone = openClone('');
  install(clone, '1.0.0', '20.1.0');
  const { status, said } = prepare(clone);
  expect(status).toBe(1);
  expect(said).toMatch(/is 20\.1\.0, wanted 24\.9\.9\. Run: npm install-scripts approve node && npm rebuild node/);
});

it('the clone gets its own command for npx', () => {
  const clone = openClone('');
  install(clone, '1.0.0', '24.9.9');
  prepare(clone);
  expect(existsSync(join(clone, 'node_modules/.bin/registry-action'))).toBe(true);
});

it('the Redis of REDIS_URL is used and named in one line', () => {
  const clone = openClone('');
  install(clone, '1.0.0', '24.9.9');
  const { status, said } = prepare(clone, [], { REDIS_URL: 'redis://:secret@127.0.0.1:1' });
  expect({ status, said }).toEqual({ status: 0, said: 'prepare: Redis: redis://***@127.0.0.1:1 (from REDIS_URL)\n' });
});

it('a tool of the end-to-end suite that the installation did not bring is named', () => {
  const clone = openClone('');
  install(clone, '1.0.0', '24.9.9');
  writeScript(join(clone, 'bin/apt-get'), ':');
  const { status, said } = prepare(clone, ['--no-redis', '--e2e'], { PATH: `${clone}/bin` });
  expect(status).toBe(1);
  // Who is not root is told the command; elsewhere than on Debian nothing is tried.
  const end = said.trimEnd().split('\n').at(-1);
  expect(end).toContain('script (bsdutils)');
  expect(end).toContain('unshare and nsenter (util-linux)');
});
