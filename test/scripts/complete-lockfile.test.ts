/** The lock-file must be complete for every platform, or `npm ci` refuses it on a fresh clone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { completeLockfile, missingOptionalPackages } from '../../scripts/complete-lockfile.mjs';

const lockfile = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8');

it('package-lock.json has every optional package of every platform (else: npm run lock)', () => {
  expect(missingOptionalPackages(JSON.parse(lockfile).packages)).toEqual([]);
});

it('package-lock.json names no address that a package was fetched from', () => {
  expect(lockfile).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
});

it('a missing package of another platform is added with its exact version and platform, in order', () => {
  const text = JSON.stringify({
    packages: {
      '': {},
      'node_modules/a': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: { '@a/linux-x64-musl': '2.0.0', 'a-darwin-arm64': '2.0.0', 'a-linux-x64': '2.0.0' },
      },
      'node_modules/a-linux-x64': { version: '2.0.0' },
    },
  });
  const { packages } = JSON.parse(completeLockfile(text));
  expect(Object.keys(packages)).toEqual([
    '',
    'node_modules/@a/linux-x64-musl',
    'node_modules/a',
    'node_modules/a-darwin-arm64',
    'node_modules/a-linux-x64',
  ]);
  expect(packages['node_modules/@a/linux-x64-musl']).toEqual({
    version: '2.0.0',
    cpu: ['x64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  });
});

it('a complete lock-file is left as it is, byte for byte', () => {
  expect(completeLockfile(lockfile)).toBe(lockfile);
});
