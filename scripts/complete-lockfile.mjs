#!/usr/bin/env node
/**
 * Completes package-lock.json with the optional packages of other platforms that the registry at hand did not serve.
 *
 * npm leaves such a package out when it writes the lock-file and then refuses the lock-file in `npm ci`, because it is
 * incomplete. Their versions are known all the same: whoever wants them names one exactly. They get no integrity, since
 * nobody here has seen their bytes; npm adds it where it can. Run with `npm run lock` after adding a package.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const platformSuffix =
  /(?:^|[-/])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64)(?:-((?:gnu|musl|msvc|eabi)[a-z]*))?$/;

/**
 * The part of a lock-file's package entry that is read or written here.
 *
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {string[]} [os]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * Lock-file text with an entry for every optional package that a locked package names for another platform.
 *
 * @param {string} text
 */
export function completeLockfile(text) {
  const lockfile = JSON.parse(text);
  const missing = missingOptionalPackages(lockfile.packages);
  if (missing.length === 0) return text;
  for (const { name, version, dev } of missing) {
    const { cpu, libc, os } = platformOf(name);
    lockfile.packages[`node_modules/${name}`] = {
      version,
      cpu,
      ...(dev && { dev }),
      ...(libc && { libc }),
      optional: true,
      os,
    };
  }
  lockfile.packages = Object.fromEntries(
    Object.entries(lockfile.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
  );
  return `${JSON.stringify(lockfile, null, 2)}\n`;
}

/**
 * The optional packages that a locked package names and the lock-file does not have.
 *
 * @param {Record<string, LockedPackage>} packages by path in the clone
 */
export function missingOptionalPackages(packages) {
  /** @type {{ name: string, version: string, dev: boolean }[]} */
  const missing = [];
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const known = `node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages;
      if (!known) missing.push({ name, version, dev: entry.dev === true });
    }
  }
  return missing;
}

/** @param {string} name */
function platformOf(name) {
  const [, os, cpu, abi] = platformSuffix.exec(name) ?? [];
  if (os === undefined || cpu === undefined)
    throw new Error(`${name} names no platform in its last words: npm must lock it itself`);
  const libc = abi?.startsWith('gnu') ? ['glibc'] : abi?.startsWith('musl') ? ['musl'] : undefined;
  return { cpu: [cpu], libc, os: [os] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = new URL('../package-lock.json', import.meta.url);
  const before = readFileSync(path, 'utf8');
  const after = completeLockfile(before);
  if (after !== before) writeFileSync(path, after);
  console.log(after === before ? 'package-lock.json is complete' : 'package-lock.json: completed for other platforms');
}
