import { describe, expect, test } from 'vitest';
import type { SourceRef } from '../../../core/source-ref.ts';
import { refusalOfPromise } from './expect-fault.ts';
import { type ReleaseCase, readRelease, type Written } from './release-case.ts';

const sha = 'sha-1a2b3c4d5e6f';
const tagged = (name: string): ReleaseCase => ({ around: { ref: { kind: 'tag', name } } });
const named = (ref: SourceRef): ReleaseCase => ({ around: { ref } });
const pullRequest = named({ kind: 'pull-request', number: 12 });
const file = { 'version-file': 'package.json' };
const files = { 'package.json': '{"version": "1.2.3"}' };

/** The version and the tags of the subject, and the codes of the notices. */
async function read(written: Written, about?: ReleaseCase) {
  const { request, notices } = await readRelease(written, about);
  const { subject } = request;
  const codes = notices.map(({ code }) => code);
  return subject.kind === 'version'
    ? { version: subject.version.text, tags: subject.extraTags, codes }
    : { version: undefined, tags: subject.tags, codes };
}

interface Case {
  readonly of: string;
  readonly written?: Written;
  readonly about?: ReleaseCase;
  readonly version?: string;
  readonly tags?: readonly string[];
  readonly codes?: readonly string[];
}

describe('the subject', () => {
  test.each<Case>([
    { of: 'a push to the default branch', tags: ['edge', 'main', sha] },
    { of: 'a git tag', about: tagged('v1.2.3'), version: '1.2.3' },
    { of: 'a version that is written', written: { version: 'v1.2.3' }, version: '1.2.3' },
    {
      of: 'a version that is written beside a git tag',
      written: { version: '2.0.0' },
      about: tagged('v1.2.3'),
      version: '2.0.0',
    },
    {
      of: 'a version for a pull request',
      written: { version: '1.2.3-pr.12' },
      about: pullRequest,
      version: '1.2.3-pr.12',
    },
    { of: 'a version of any component', written: { version: 'api-v1.2.3' }, version: '1.2.3' },
    {
      of: 'a component’s git tag',
      written: { component: 'api/' },
      about: tagged('api/v1.2.3'),
      version: '1.2.3',
      tags: [`api-${sha}`],
    },
    { of: 'a file', written: file, about: { files }, version: '1.2.3' },
    {
      of: 'a file that agrees with the git tag',
      written: file,
      about: { files, ...tagged('v1.2.3') },
      version: '1.2.3',
    },
    {
      of: 'a file beside a git tag that is no version',
      written: file,
      about: { files, ...tagged('nightly') },
      version: '1.2.3',
    },
    {
      of: 'a file in a pull request',
      written: file,
      about: { files, ...pullRequest },
      tags: ['pr-12', 'pr-12-1a2b3c4', sha],
      codes: ['version-file-passed-over'],
    },
    {
      of: 'a git tag that is no version',
      about: tagged('spring'),
      tags: ['spring', sha],
      codes: ['tag-is-no-version'],
    },
    {
      of: 'a git tag of another component',
      written: { component: 'api', 'ref-tags': 'false' },
      about: tagged('web-v1.2.3'),
      tags: [`api-${sha}`],
      codes: ['tag-is-no-version'],
    },
    { of: 'build metadata', written: { version: '1.2.3+b2', 'build-metadata': 'underscore' }, version: '1.2.3+b2' },
    { of: 'a day', about: named({ kind: 'schedule', branch: 'main', at: 0 }), tags: ['1970-01-01', sha] },
    { of: 'no name', about: named({ kind: 'none' }), tags: [sha] },
    {
      of: 'a commit in full',
      written: { 'sha-tag': 'full' },
      about: named({ kind: 'none' }),
      tags: ['sha-1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d'],
    },
    {
      of: 'extra tags, each once',
      written: { 'extra-tags': `nightly, ${sha}`, 'sha-tag': 'short' },
      tags: ['edge', 'main', sha, 'nightly'],
    },
    {
      of: 'extra tags beside a version',
      written: { 'extra-tags': 'next', version: '1.2.3' },
      version: '1.2.3',
      tags: [sha, 'next'],
    },
    {
      of: 'extra tags of a variant of the component',
      written: { 'extra-tags': 'api-nightly-alpine', component: 'api', variant: 'alpine' },
      tags: ['api-edge-alpine', 'api-main-alpine', `api-${sha}-alpine`, 'api-nightly-alpine'],
    },
    { of: 'no tags at all', written: { 'ref-tags': 'false', 'sha-tag': 'none' }, tags: [] },
    { of: 'a digest alone', written: { 'by-digest': 'true', version: '1.2.3', 'extra-tags': 'next' }, tags: [] },
    { of: 'a run without a commit', about: { around: { commit: undefined } }, tags: ['edge', 'main'] },
    {
      of: 'a branch called like an environment of ours',
      written: { 'reserved-channels': 'main' },
      tags: ['edge', expect.stringMatching(/^main-[0-9a-f]{8}$/), sha],
    },
    { of: 'a variant', written: { variant: 'alpine' }, tags: ['edge-alpine', 'main-alpine', `${sha}-alpine`] },
  ])('of $of has its version and tags', async ({ written = {}, about, version, tags = [sha], codes = [] }) => {
    expect(await read(written, about)).toEqual({ version, tags, codes });
  });

  test.each<[string, Written, string, ReleaseCase?]>([
    ['a version that is none', { version: '1.2' }, 'version'],
    ['a version of another component', { version: 'web-v1.2.3', component: 'api' }, 'version'],
    ['build metadata that no tag spells', { version: '1.2.3+b2' }, 'version'],
    ['a git tag with build metadata', {}, 'version', tagged('v1.2.3+b2')],
    ['a version that ends like a variant', { version: '1.2.3-alpine', variants: 'alpine' }, 'version'],
    ['a file that is not there', file, 'version-file'],
    ['a file with another version than the git tag', file, 'version-file', { files, ...tagged('v1.2.4') }],
    ['a file whose version is none', file, 'version-file', { files: { 'package.json': '{"version": "1.2.3rc1"}' } }],
    ['an extra tag that is none', { 'extra-tags': '-a' }, 'extra-tags'],
    ['an extra tag that reads as a version', { 'extra-tags': '1.2.3' }, 'extra-tags'],
    ['an extra tag that reads as a rung', { 'extra-tags': 'v1' }, 'extra-tags'],
    ['latest as an extra tag', { 'extra-tags': 'latest' }, 'extra-tags'],
    ['a rung of the component as an extra tag', { 'extra-tags': 'api-2', component: 'api' }, 'extra-tags'],
    ['a version of the component as an extra tag', { 'extra-tags': 'api-v1.2', component: 'api' }, 'extra-tags'],
    ['latest of a variant as an extra tag', { 'extra-tags': 'latest-alpine', variants: 'alpine' }, 'extra-tags'],
    [
      'latest of a variant of the component as an extra tag',
      { 'extra-tags': 'api-latest-alpine', component: 'api', variant: 'alpine' },
      'extra-tags',
    ],
    ['an environment as an extra tag', { 'extra-tags': 'staging' }, 'extra-tags'],
  ])('is refused for %s', async (_why, written, setting, about) => {
    expect((await refusalOfPromise(readRelease(written, about))).fields['settings']).toEqual([setting]);
  });
});
