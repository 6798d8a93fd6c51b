/** Outputs of a release: what later steps and scripts read. */
import { expect, test } from 'vitest';
import { parseTag } from '../../../oci/spec/tag.ts';
import { listedOutputs } from '../../../release/outputs/listed-outputs.ts';
import { outputsOf } from '../../../release/outputs/outputs-of.ts';
import type { ReleaseOutcome } from '../../../release/release-outcome.ts';
import { commit, digests, placeOf, placeOutcome, releaseOutcome, tagOutcome } from '../../action/sample-outcome.ts';

const textOf = (outcome: ReleaseOutcome, name: string) => outputsOf(outcome).get(name);
const jsonOf = (outcome: ReleaseOutcome, name: string): unknown => JSON.parse(textOf(outcome, name) ?? 'null');

const error = { code: 'REGISTRY_UNREACHABLE', message: 'no answer', wayOut: 'wait' };
const twoPlaces = releaseOutcome({
  places: [
    placeOutcome(),
    placeOutcome({ place: placeOf('reg.example', false), status: 'failed', tags: [], held: [], error }),
  ],
});

test.each([
  ['digest', digests.new],
  ['version', '1.9.1'],
  ['tags', 'ghcr.io/acme/web:1.9.1\nghcr.io/acme/web:1.9\nghcr.io/acme/web:1'],
  ['tag-names', '1.9.1\n1.9\n1'],
  ['moved-lines', 'ghcr.io/acme/web:1.9.1\nghcr.io/acme/web:1.9\nghcr.io/acme/web:1'],
  ['held-lines', 'ghcr.io/acme/web:latest'],
  ['images-lines', `ghcr.io/acme/web@${digests.new}`],
  ['reused', 'false'],
])('%s of a release is text', (name, text) => {
  expect(textOf(twoPlaces, name)).toBe(text);
});

test.each<[string, unknown]>([
  ['tags-json', ['ghcr.io/acme/web:1.9.1', 'ghcr.io/acme/web:1.9', 'ghcr.io/acme/web:1']],
  ['tag-names-json', ['1.9.1', '1.9', '1']],
  [
    'moved',
    [
      { image: 'ghcr.io/acme/web', tag: '1.9.1', from: null, to: digests.new },
      { image: 'ghcr.io/acme/web', tag: '1.9', from: digests.old, to: digests.new },
      { image: 'ghcr.io/acme/web', tag: '1', from: digests.old, to: digests.new },
    ],
  ],
  ['held', [{ image: 'ghcr.io/acme/web', tag: 'latest', reason: 'higher-exists', at: '2.0.1' }]],
  [
    'images',
    [
      {
        image: 'ghcr.io/acme/web',
        ref: `ghcr.io/acme/web@${digests.new}`,
        digest: digests.new,
        status: 'done',
        required: true,
        error: null,
      },
      { image: 'reg.example/acme/web', ref: null, digest: null, status: 'failed', required: false, error },
    ],
  ],
  ['platforms', { 'linux/arm64': digests.arm }],
  ['subjects', [{ name: 'ghcr.io/acme/web', digest: digests.new }]],
])('%s of a release is JSON', (name, value) => {
  expect(jsonOf(twoPlaces, name)).toEqual(value);
});

test('the metadata has all of it, the commit and where the image came from', () => {
  expect(jsonOf(twoPlaces, 'metadata')).toMatchObject({
    schema: 1,
    digest: digests.new,
    'tag-names': ['1.9.1', '1.9', '1'],
    origin: 'built',
    builder: 'buildx',
    revision: { commit, source: 'https://github.com/acme/web', committedAt: '2026-03-01T12:00:00.000Z' },
    'dry-run': false,
  });
});

test('a tag that stayed at another image is no tag of this one', () => {
  const kept = { ...tagOutcome('1.9', 'unchanged'), to: digests.old };
  const outcome = releaseOutcome({ places: [placeOutcome({ tags: [tagOutcome('1.9.1', 'created', 'exact'), kept] })] });
  expect(textOf(outcome, 'tag-names')).toBe('1.9.1');
});

test('a tag that names the image already has not moved', () => {
  const outcome = releaseOutcome({ places: [placeOutcome({ tags: [tagOutcome('1.9.1', 'unchanged', 'exact')] })] });
  expect(textOf(outcome, 'tag-names')).toBe('1.9.1');
  expect(jsonOf(outcome, 'moved')).toEqual([]);
});

test('the plan of an image that is not built yet has tags and no digest', () => {
  const tag = { tag: parseTag('1.9.1'), kind: 'exact', change: 'created', from: undefined, to: undefined } as const;
  const outcome = releaseOutcome({
    digest: undefined,
    origin: { kind: 'planned' },
    platforms: [],
    places: [placeOutcome({ status: 'planned', tags: [tag] })],
    isDryRun: true,
  });
  expect(textOf(outcome, 'digest')).toBe('');
  expect(textOf(outcome, 'tags')).toBe('ghcr.io/acme/web:1.9.1');
  expect(jsonOf(outcome, 'subjects')).toEqual([]);
  expect(jsonOf(outcome, 'images')).toMatchObject([{ ref: null, digest: null, status: 'planned' }]);
});

test('an image that is no version has an empty version', () => {
  const outcome = releaseOutcome({ subject: { kind: 'ref', tags: [parseTag('main')] } });
  expect(textOf(outcome, 'version')).toBe('');
});

test('a release that adopted what was there says so', () => {
  const outcome = releaseOutcome({ origin: { kind: 'reused', from: placeOf('ghcr.io') } });
  expect(textOf(outcome, 'reused')).toBe('true');
  expect(jsonOf(outcome, 'metadata')).toMatchObject({ origin: 'reused', builder: null, reused: true });
});

test('each listed output of a release is written, and no other', () => {
  const ofService = ['promotion-id', 'promotion-state'];
  const listed = listedOutputs.filter(({ commands }) => commands.includes('release')).map(({ name }) => name);
  expect([...outputsOf(twoPlaces).keys(), ...ofService].sort()).toEqual([...listed].sort());
});

test('each listed output has one name, and its twin the other form', () => {
  const names = listedOutputs.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const formatOf = (name: string) => listedOutputs.find((entry) => entry.name === name)?.format;
  for (const name of names) {
    if (name.endsWith('-json')) expect([formatOf(name.slice(0, -5)), formatOf(name)]).toEqual(['lines', 'json']);
    if (name.endsWith('-lines')) expect([formatOf(name.slice(0, -6)), formatOf(name)]).toEqual(['json', 'lines']);
  }
});
