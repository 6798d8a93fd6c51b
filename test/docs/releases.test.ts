/** The page on releases: every row of its tables is what the code does. */
import { describe, expect, it } from 'vitest';
import { planLadder } from '../../core/ladder.ts';
import { parseLadderPolicy, type WrittenLadderPolicy } from '../../core/ladder-policy.ts';
import { listRefTags } from '../../core/ref-tags.ts';
import { decideRelease, type ExactSight, type ReleaseDecision, type ReleaseWish } from '../../core/release-decision.ts';
import type { SourceRef } from '../../core/source-ref.ts';
import { parseVersion } from '../../core/version.ts';
import { digestHex } from '../../oci/spec/digest.ts';
import { parseWrittenVersion } from '../../release/settings/parse-written-version.ts';
import { digestOfText } from '../core/ladder-repository.ts';
import { codeOf } from '../oci/code-of.ts';
import { listFiles, readText } from '../repository-files.ts';
import { rowsUnder } from './tables.ts';

const page = readText('docs/releases.md');

/** The words in backquotes. */
function wordsIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}

describe('versions', () => {
  it.each(rowsUnder(page, 'Versions'))('%s with component %s is %s', async (written, component, version) => {
    const [text = ''] = wordsIn(written);
    const [own] = wordsIn(component);
    const parse = () => parseWrittenVersion(text, own === undefined ? '' : `${own}-`).text;
    if (version === 'refused') expect(await codeOf(parse)).toMatch(/^(VERSION|SETTING)_INVALID$/);
    else expect([parse()]).toEqual(wordsIn(version));
  });
});

/** What the ladder's settings are called, and what they are to the policy. */
const ladderSettings: Readonly<Record<string, (value: string) => WrittenLadderPolicy>> = {
  'zero-major': (value) => ({ zeroMajor: value === 'true' }),
  rungs: (value) => ({ rungs: listIn(value) }),
  'tag-prefix': (value) => ({ naming: { tagPrefix: value === 'v' ? 'v' : '' } }),
  latest: (value) => ({ latest: value }),
  'channel-includes-stable': (value) => ({ channels: { includeStable: value === 'true' } }),
  'reserved-channels': (value) => ({ channels: { reserved: listIn(value) } }),
  variant: (value) => ({ naming: { variant: value } }),
  variants: (value) => ({ naming: { variants: listIn(value) } }),
  component: (value) => ({ naming: { component: `${value}-` } }),
  'build-metadata': (value) => ({ naming: { buildMetadata: value === 'underscore' ? 'underscore' : 'reject' } }),
  yanked: (value) => ({ yanked: listIn(value) }),
  holds: (value) => ({ holds: [value] }),
};

function listIn(value: string): readonly string[] {
  return value.split(',').map((word) => word.trim());
}

function policyIn(cell?: string): WrittenLadderPolicy {
  const [, name = '', value = ''] = /^([a-z-]+): (.*)$/.exec(wordsIn(cell)[0] ?? '') ?? [];
  if (name === '') return {};
  const setting = ladderSettings[name];
  if (setting === undefined) throw new Error(`no setting is called ${name}`);
  return setting(value);
}

describe('the ladder', () => {
  const rows = rowsUnder(page, 'The ladder');

  it.each(rows)('%s beside %s (%s) writes %s, leaves %s, warns of %s', async (...row) => {
    const [release, there, settings, written, stays, warnings] = row;
    const [text = ''] = wordsIn(release);
    const policy = parseLadderPolicy(policyIn(settings));
    const plan = () => planLadder({ version: parseVersion(text), existingTags: wordsIn(there), policy });
    if (written === 'refused') {
      expect(await codeOf(plan)).toBe('VERSION_INVALID');
      return;
    }
    const { exact, move, hold, warnings: said } = plan();
    expect([exact, ...move.map(({ tag }) => tag)]).toEqual(wordsIn(written));
    expect(hold.flatMap(({ tag, heldAt }) => [tag, heldAt])).toEqual(wordsIn(stays));
    expect(said.map(({ code }) => code)).toEqual(wordsIn(warnings));
  });

  it('is explained for every setting that it has', () => {
    const used = new Set(rows.flatMap(([, , settings]) => wordsIn(settings).map((word) => word.split(':')[0])));
    expect(used).toEqual(new Set(Object.keys(ladderSettings)));
  });
});

function refIn(cell = ''): SourceRef {
  const [name = ''] = wordsIn(cell);
  if (cell.startsWith('the default branch')) return { kind: 'branch', name, isDefault: true };
  if (cell.startsWith('a branch')) return { kind: 'branch', name, isDefault: false };
  if (cell.startsWith('the pull request')) return { kind: 'pull-request', number: Number(name) };
  if (cell.startsWith('the clock')) return { kind: 'schedule', branch: 'main', at: Date.parse(`${name}T12:00:00Z`) };
  throw new Error(`what is it built from? ${cell}`);
}

describe('images that are no version', () => {
  const { naming, channels } = parseLadderPolicy({});
  const options = {
    naming,
    environments: channels.reserved,
    hash: (text: string) => digestHex(digestOfText(text)),
  };

  it.each(rowsUnder(page, 'Images that are no version'))('from %s: %s', (from, tags) => {
    expect(listRefTags(refIn(from), '1a2b3c4d5e6f7a8b9c0d', options)).toEqual(wordsIn(tags));
  });
});

function sightIn(cell = ''): ExactSight {
  if (cell === 'nothing') return { kind: 'absent' };
  if (cell === 'cannot be read') return { kind: 'unreadable' };
  const [image = '', revision] = wordsIn(cell);
  if (revision === undefined && !cell.endsWith(' of nobody')) throw new Error(`what is there? ${cell}`);
  return { kind: 'present', digest: digestOfText(image), revision, source: undefined };
}

function wishIn(cell = ''): ReleaseWish {
  const [first = '', ...others] = cell.split(', ');
  const [word] = wordsIn(first);
  const isImage = first.startsWith('image ');
  return {
    tag: '1.2.3',
    revision: isImage ? 'aaaa' : word,
    source: undefined,
    digest: isImage ? digestOfText(word ?? '') : undefined,
    sameBy: isImage ? 'digest' : 'revision',
    onExisting: others.includes('overwrite') ? 'overwrite' : 'refuse',
    isProtected: others.includes('protected'),
    partial: others.includes('partial') ? 'allow' : 'refuse',
  };
}

/** The decision in the words of the page. */
function sayDecision(decision: ReleaseDecision): string {
  const nameOf = (digest: string) => ['one', 'two', 'six'].find((text) => digestOfText(text) === digest);
  switch (decision.kind) {
    case 'build':
      return 'builds';
    case 'adopt':
      return [
        `takes \`${nameOf(decision.digest)}\``,
        ...decision.lacking.map(({ name }) => `copies it to the ${name}`),
      ].join(', ');
    case 'overwrite': {
      const { adopted, over } = decision;
      const what = adopted === undefined ? 'builds' : `takes \`${nameOf(adopted.digest)}\``;
      return `${what}, overwrites ${over.length === 2 ? 'both' : `the ${over[0]?.name}`}`;
    }
    case 'refuse':
      return `refuses with ${decision.reasons.map(({ code }) => `\`${code}\``).join(', ')}`;
  }
}

describe('what is there already', () => {
  it.each(rowsUnder(page, 'What is there already'))('%s and %s, %s: %s', (first, second, asked, does) => {
    const places = [
      { name: 'first', isRequired: true, sight: sightIn(first) },
      { name: 'second', isRequired: true, sight: sightIn(second) },
    ];
    expect(sayDecision(decideRelease(wishIn(asked), places))).toBe(does);
  });
});

describe('the warnings', () => {
  it('are all of those that a release or the ladder gives, and no others', () => {
    const sources = listFiles().filter((path) => path.startsWith('release/') && path.endsWith('.ts'));
    const said = sources.flatMap((path) =>
      [...readText(path).matchAll(/\bwarn\(\s*'([a-z-]+)'/g)].map(([, code]) => code),
    );
    const ladder = [...readText('core/ladder.ts').matchAll(/code: '([a-z-]+)'/g)].map(([, code]) => code);
    const explained = rowsUnder(page, 'Warnings').flatMap(([code = '']) => wordsIn(code));
    expect(new Set(explained)).toEqual(new Set([...said, ...ladder]));
  });
});
