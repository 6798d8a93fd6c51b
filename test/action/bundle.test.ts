/** The bundle: what is in which of its files, and that it is what the sources give. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAction, listDifferences, writeBundle } from '../../scripts/bundle.ts';

/** Largest first file, in bytes: all of it is read at each start, twice a step. */
const mainBytesMax = 1_200_000;

type Bundled = Awaited<ReturnType<typeof bundleAction>>;

let bundle: Bundled;
let directory: string;

beforeAll(async () => {
  bundle = await bundleAction();
  directory = mkdtempSync(join(tmpdir(), 'bundle-test-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const packagesIn = (file: string) => {
  const [, output] = Object.entries(bundle.metafile.outputs).find(([path]) => path.endsWith(`/${file}`)) ?? [];
  const names = Object.entries(output?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return new Set(names);
};

test('a release reads one file, which is small enough', () => {
  expect(bundle.files.get('index.cjs')?.length).toBeLessThan(mainBytesMax);
  for (const name of ['zod', '@actions/github', '@octokit/core']) expect(packagesIn('index.cjs')).not.toContain(name);
});

test('the libraries that few commands need have files of their own', () => {
  expect([...bundle.files.keys()].sort()).toEqual(['github.cjs', 'index.cjs', 'licenses.txt', 'zod.cjs']);
  expect(packagesIn('zod.cjs')).toEqual(new Set(['zod']));
  expect(packagesIn('github.cjs')).toContain('@actions/github');
});

test('of undici there is no more than what speaks to registries and proxies', () => {
  const [, output] = Object.entries(bundle.metafile.outputs).find(([path]) => path.endsWith('/index.cjs')) ?? [];
  const files = Object.keys(output?.inputs ?? {}).filter((path) => path.includes('/undici/'));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((path) => /\/(?:mock|cache|web\/websocket|web\/fetch\/index)/.test(path))).toEqual([]);
  expect(files.filter((path) => path.includes('http-client'))).toEqual([]);
});

test('the licence of every package in it is beside it, with its text', () => {
  const text = String(bundle.files.get('licenses.txt'));
  for (const file of ['index.cjs', 'github.cjs', 'zod.cjs']) {
    for (const name of packagesIn(file)) expect(text).toMatch(new RegExp(`^${name.replaceAll('/', '\\/')} \\d`, 'm'));
  }
  expect(text.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(10);
});

test('the same sources give the same bytes', async () => {
  const again = await bundleAction();
  for (const [name, content] of bundle.files) {
    expect(Buffer.from(again.files.get(name) ?? '').equals(Buffer.from(content)), name).toBe(true);
  }
});

test('no path of the machine that made it is in it', () => {
  const root = join(import.meta.dirname, '..', '..');
  for (const [name, content] of bundle.files) expect(Buffer.from(content).includes(root), name).toBe(false);
});

test('a directory that differs in a byte, lacks a file or has one too many is not the bundle', () => {
  const [one, other] = [join(directory, 'one'), join(directory, 'other')];
  for (const path of [one, other]) writeBundle(path, bundle.files);
  expect(listDifferences(one, other)).toEqual([]);
  writeFileSync(join(other, 'index.cjs'), `${readFileSync(join(other, 'index.cjs'), 'utf8')} `);
  writeFileSync(join(other, 'extra.cjs'), '');
  rmSync(join(other, 'zod.cjs'));
  expect([...listDifferences(one, other)].sort()).toEqual(['extra.cjs', 'index.cjs', 'zod.cjs']);
});

test('writing it takes away what was there before', () => {
  const path = join(directory, 'old');
  writeBundle(path, new Map([['chunk.cjs', 'old']]));
  writeBundle(path, bundle.files);
  expect(listDifferences(path, join(directory, 'one'))).toEqual([]);
});
