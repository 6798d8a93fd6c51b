import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideRelease,
  type ExactSight,
  type ReleaseDecision,
  type ReleaseWish,
  type SeenPlace,
} from '../../core/release-decision.ts';
import { digestOfText } from './ladder-repository.ts';

const [ours, theirs, third] = ['ours', 'theirs', 'third'].map((text) => digestOfText(text));
const source = 'https://git.example/acme/app';

const wish: ReleaseWish = {
  tag: '1.2.3',
  revision: 'aaaa',
  source,
  digest: undefined,
  sameBy: 'revision',
  onExisting: 'refuse',
  isProtected: false,
  partial: 'refuse',
};

const absent: ExactSight = { kind: 'absent' };
const unreadable: ExactSight = { kind: 'unreadable' };

function present(digest = ours, revision: string | undefined = 'aaaa', from: string | undefined = source): ExactSight {
  if (digest === undefined) throw new Error('no digest');
  return { kind: 'present', digest, revision, source: from };
}

/** Places called a, b, c…, all of them required unless the sight is in a list. */
function placesOf(...sights: readonly (ExactSight | readonly [ExactSight])[]): readonly SeenPlace[] {
  return sights.map((sight, at) => {
    const isOptional = 'length' in sight;
    return { name: 'abcdef'[at] ?? '', isRequired: !isOptional, sight: isOptional ? sight[0] : sight };
  });
}

/** The decision in one line: its kind, the digest's name, where from, and to whom or over whom. */
function say(decision: ReleaseDecision): string {
  const names = (places: readonly SeenPlace[]) => places.map(({ name }) => name).join('');
  switch (decision.kind) {
    case 'build':
      return 'build';
    case 'adopt':
      return `adopt ${nameOf(decision.digest)} from ${decision.from.name} to ${names(decision.lacking)}`.trim();
    case 'overwrite': {
      const { adopted, over } = decision;
      const what = adopted === undefined ? 'anew' : `with ${nameOf(adopted.digest)} from ${adopted.from.name}`;
      return `overwrite ${names(over)} ${what}`;
    }
    case 'refuse':
      return decision.reasons.map(({ code, places }) => `${code} ${names(places)}`).join(', ');
  }
}

function nameOf(digest: string): string | undefined {
  return new Map<string | undefined, string>([
    [ours, 'ours'],
    [theirs, 'theirs'],
    [third, 'third'],
  ]).get(digest);
}

interface Case {
  readonly title: string;
  readonly places: readonly SeenPlace[];
  readonly wish?: Partial<ReleaseWish>;
  readonly is: string;
}

function expectCase({ places, wish: changes = {}, is }: Case): void {
  expect(say(decideRelease({ ...wish, ...changes }, places))).toBe(is);
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  'a version that is nowhere': [
    { title: 'is built', places: placesOf(absent, absent), is: 'build' },
    {
      title: 'is built even if overwriting is allowed',
      places: placesOf(absent),
      wish: { onExisting: 'overwrite' },
      is: 'build',
    },
    {
      title: 'is built where nobody told the commit',
      places: placesOf(absent),
      wish: { revision: undefined },
      is: 'build',
    },
  ],
  'a version that was published from this commit': [
    { title: 'is adopted', places: placesOf(present(), present()), is: 'adopt ours from a to' },
    {
      title: 'goes to the places that lack it',
      places: placesOf(absent, present(), absent),
      is: 'adopt ours from b to ac',
    },
    {
      title: 'is taken from a required place',
      places: placesOf([present()], present(), absent),
      is: 'adopt ours from b to c',
    },
    {
      title: 'is taken from an optional place where no other has it',
      places: placesOf([present()], absent),
      is: 'adopt ours from a to b',
    },
    {
      title: 'is adopted even if overwriting is allowed',
      places: placesOf(present()),
      wish: { onExisting: 'overwrite' },
      is: 'adopt ours from a to',
    },
    {
      title: 'is known however the commit is spelled',
      places: placesOf(present(ours, 'AAAA')),
      is: 'adopt ours from a to',
    },
    {
      title: 'is known by an address with the ending that git servers take',
      places: placesOf(present(ours, 'aaaa', 'https://git.example/Acme/App.git/')),
      is: 'adopt ours from a to',
    },
    {
      title: 'is known by its digest where a place has lost what tells the commit',
      places: placesOf(
        { kind: 'present', digest: ours ?? digestOfText(''), revision: undefined, source: undefined },
        present(),
        absent,
      ),
      is: 'adopt ours from b to c',
    },
    {
      title: 'is known where one of the two names no source',
      places: placesOf({ kind: 'present', digest: ours ?? digestOfText(''), revision: 'aaaa', source: undefined }),
      is: 'adopt ours from a to',
    },
    {
      title: 'is another one where the same commit is of another source',
      places: placesOf(present(ours, 'aaaa', 'https://git.example/fork/app')),
      is: 'VERSION_PUBLISHED a',
    },
  ],
  'a version that was published from another commit': [
    { title: 'is refused', places: placesOf(present(theirs, 'bbbb')), is: 'VERSION_PUBLISHED a' },
    {
      title: 'is refused wherever that was',
      places: placesOf(absent, [present(theirs, 'bbbb')]),
      is: 'VERSION_PUBLISHED b',
    },
    {
      title: 'is overwritten on demand',
      places: placesOf(present(theirs, 'bbbb'), absent),
      wish: { onExisting: 'overwrite' },
      is: 'overwrite a anew',
    },
    {
      title: 'is overwritten with the image of this commit where some place has that',
      places: placesOf(present(theirs, 'bbbb'), present()),
      wish: { onExisting: 'overwrite' },
      is: 'overwrite a with ours from b',
    },
    {
      title: 'is not overwritten where it is protected',
      places: placesOf(present(theirs, 'bbbb')),
      wish: { onExisting: 'overwrite', isProtected: true },
      is: 'VERSION_PUBLISHED a',
    },
    {
      title: 'is refused where the image does not name its commit',
      places: placesOf({ kind: 'present', digest: ours ?? digestOfText(''), revision: undefined, source }),
      is: 'VERSION_PUBLISHED a',
    },
    {
      title: 'is refused where nobody told ours',
      places: placesOf(present()),
      wish: { revision: undefined },
      is: 'VERSION_PUBLISHED a',
    },
  ],
  'a version that is not the same everywhere': [
    {
      title: 'is refused with every reason',
      places: placesOf(present(theirs, 'bbbb'), present(third, 'cccc'), absent),
      is: 'VERSION_PUBLISHED a, VERSION_PUBLISHED b, VERSION_DIVERGED ab',
    },
    {
      title: 'is refused even if all of them are of this commit',
      places: placesOf(present(), present(theirs)),
      is: 'VERSION_DIVERGED ab',
    },
    {
      title: 'is refused for an optional place, too',
      places: placesOf(present(), [present(theirs)]),
      is: 'VERSION_DIVERGED ab',
    },
    {
      title: 'is made one on demand',
      places: placesOf(present(), present(theirs), present(third, 'cccc'), absent),
      wish: { onExisting: 'overwrite' },
      is: 'overwrite bc with ours from a',
    },
  ],
  'an image that is known before': [
    {
      title: 'is adopted by its digest, whatever it says of itself',
      places: placesOf(present(ours, 'bbbb')),
      wish: { sameBy: 'digest', digest: ours },
      is: 'adopt ours from a to',
    },
    {
      title: 'is another one by its digest, though of the same commit',
      places: placesOf(present(theirs)),
      wish: { sameBy: 'digest', digest: ours },
      is: 'VERSION_PUBLISHED a',
    },
    {
      title: 'is adopted by its digest where nobody told the commit',
      places: placesOf(present()),
      wish: { digest: ours, revision: undefined },
      is: 'adopt ours from a to',
    },
    {
      title: 'gives way to the one of the same commit',
      places: placesOf(present(theirs)),
      wish: { digest: ours },
      is: 'adopt theirs from a to',
    },
    {
      title: 'overwrites another on demand',
      places: placesOf(present(theirs)),
      wish: { sameBy: 'digest', digest: ours, onExisting: 'overwrite' },
      is: 'overwrite a anew',
    },
  ],
  'a place that cannot be read': [
    { title: 'stops the release', places: placesOf(absent, unreadable), is: 'REGISTRY_UNREADABLE b' },
    {
      title: 'is told besides every other reason',
      places: placesOf(present(theirs, 'bbbb'), unreadable),
      is: 'REGISTRY_UNREADABLE b, VERSION_PUBLISHED a',
    },
    {
      title: 'is left out where it is optional',
      places: placesOf(present(), [unreadable], absent),
      is: 'adopt ours from a to c',
    },
    { title: 'is left out on demand', places: placesOf(absent, unreadable), wish: { partial: 'allow' }, is: 'build' },
    {
      title: 'stops the release where there is no other',
      places: placesOf([unreadable]),
      wish: { partial: 'allow' },
      is: 'REGISTRY_UNREADABLE a',
    },
    {
      title: 'is never overwritten',
      places: placesOf(unreadable),
      wish: { onExisting: 'overwrite' },
      is: 'REGISTRY_UNREADABLE a',
    },
  ],
};

for (const [subject, group] of Object.entries(cases)) {
  describe(subject, () => {
    test.each(group)('$title', expectCase);
  });
}

describe('a refusal', () => {
  test('names the version, both commits, both digests and a way out', () => {
    const decision = decideRelease({ ...wish, digest: ours }, placesOf(present(theirs, 'bbbb')));
    const [reason] = decision.kind === 'refuse' ? decision.reasons : [];
    for (const word of ['a:1.2.3', 'aaaa', 'bbbb', ours, theirs]) expect(reason?.message).toContain(word);
    expect(reason?.wayOut).toContain('on-existing');
  });

  test('of a protected version offers no overwriting', () => {
    const places = placesOf(present(theirs, 'bbbb'), present(third, 'cccc'));
    const decision = decideRelease({ ...wish, isProtected: true }, places);
    const wayOuts = decision.kind === 'refuse' ? decision.reasons.map(({ wayOut }) => wayOut) : [];
    expect(wayOuts).toHaveLength(3);
    expect(wayOuts.filter((wayOut) => wayOut.includes('on-existing'))).toEqual([]);
  });

  test('for want of a label says which label that is', () => {
    const decision = decideRelease({ ...wish, revision: undefined }, placesOf(present()));
    const [reason] = decision.kind === 'refuse' ? decision.reasons : [];
    expect(reason?.wayOut).toContain('org.opencontainers.image.revision');
  });
});

describe('whatever the registries hold', () => {
  const digests = fc.constantFrom(...['ours', 'theirs', 'third'].map((text) => digestOfText(text)));
  const revisions = fc.constantFrom('aaaa', 'AAAA', 'bbbb', undefined);
  const sources = fc.constantFrom(source, `${source}.git`, 'https://git.example/fork/app', undefined);
  const sights: fc.Arbitrary<ExactSight> = fc.oneof(
    fc.constant(absent),
    fc.constant(unreadable),
    fc.record({ kind: fc.constant('present' as const), digest: digests, revision: revisions, source: sources }),
  );
  const places = fc
    .array(fc.record({ isRequired: fc.boolean(), sight: sights }), { minLength: 1, maxLength: 5 })
    .map((all) => all.map((one, at) => ({ ...one, name: 'abcde'[at] ?? '' })));
  const wishes: fc.Arbitrary<ReleaseWish> = fc.record({
    tag: fc.constant('1.2.3'),
    revision: revisions,
    source: sources,
    digest: fc.option(digests, { nil: undefined }),
    sameBy: fc.constantFrom('revision', 'digest'),
    onExisting: fc.constantFrom('refuse', 'overwrite'),
    isProtected: fc.boolean(),
    partial: fc.constantFrom('refuse', 'allow'),
  });
  const digestsIn = (all: readonly SeenPlace[]) =>
    new Set(all.flatMap(({ sight }) => (sight.kind === 'present' ? [sight.digest] : [])));
  const holds = (digest: string | undefined) => (place: SeenPlace) =>
    place.sight.kind === 'present' && place.sight.digest === digest;

  test('nothing that is published is replaced unless that is allowed', () => {
    fc.assert(
      fc.property(wishes, places, (one, all) => {
        const decision = decideRelease(one, all);
        const mayReplace = one.onExisting === 'overwrite' && !one.isProtected;
        if (!mayReplace) expect(decision.kind).not.toBe('overwrite');
        if (decision.kind === 'build') expect(digestsIn(all).size).toBe(0);
        if (decision.kind === 'overwrite') {
          const { adopted, over } = decision;
          const kept = all.filter(holds(adopted?.digest));
          expect(new Set([...kept, ...over])).toEqual(new Set(all.filter(({ sight }) => sight.kind === 'present')));
        }
      }),
    );
  });

  test('in the end every place that can be read names one digest', () => {
    fc.assert(
      fc.property(wishes, places, (one, all) => {
        const decision = decideRelease(one, all);
        if (decision.kind === 'refuse') return;
        const made = one.digest ?? digestOfText('made');
        const wanted =
          decision.kind === 'adopt'
            ? decision.digest
            : decision.kind === 'overwrite'
              ? (decision.adopted?.digest ?? made)
              : made;
        const written = new Set<SeenPlace>(
          decision.kind === 'overwrite' ? decision.over : decision.kind === 'adopt' ? decision.lacking : [],
        );
        const isRight = (place: SeenPlace) =>
          place.sight.kind === 'unreadable' ||
          place.sight.kind === 'absent' ||
          written.has(place) ||
          holds(wanted)(place);
        expect(all.filter((place) => !isRight(place))).toEqual([]);
      }),
    );
  });

  test('a commit that nobody told adopts nothing but the very image', () => {
    fc.assert(
      fc.property(wishes, places, (one, all) => {
        const decision = decideRelease({ ...one, revision: undefined }, all);
        if (decision.kind === 'adopt') expect(decision.digest).toBe(one.digest);
      }),
    );
  });

  test('the order of the places changes neither the verdict nor its reasons', () => {
    fc.assert(
      fc.property(wishes, places, (one, all) => {
        const [there, back] = [decideRelease(one, all), decideRelease(one, all.toReversed())];
        expect(back.kind).toBe(there.kind);
        const codes = (decision: ReleaseDecision) =>
          decision.kind === 'refuse' ? decision.reasons.map(({ code }) => code).toSorted() : [];
        expect(codes(back)).toEqual(codes(there));
      }),
    );
  });

  test('a second release after the first finds nothing to make and nothing to replace', () => {
    fc.assert(
      fc.property(wishes, places, (one, all) => {
        const decision = decideRelease(one, all);
        if (decision.kind === 'refuse') return;
        const digest =
          decision.kind === 'adopt'
            ? decision.digest
            : ((decision.kind === 'overwrite' ? decision.adopted?.digest : undefined) ??
              one.digest ??
              digestOfText('made'));
        const after = all.map((place) =>
          place.sight.kind === 'unreadable'
            ? place
            : { ...place, sight: { kind: 'present' as const, digest, revision: 'aaaa', source } },
        );
        // What is known beforehand is known again; what is built again is not.
        const again = decideRelease(
          { ...one, revision: 'aaaa', source, sameBy: one.digest === digest ? one.sameBy : 'revision' },
          after,
        );
        expect(again).toMatchObject({ kind: 'adopt', digest, lacking: [] });
      }),
    );
  });
});
