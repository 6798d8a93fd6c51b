import { expect, test } from 'vitest';
import type { Command } from '../../core/command.ts';
import { type HistoryEntry, historyTag } from '../../core/history.ts';
import { decide, type LaneView } from '../../core/lane.ts';
import { type Digest, parseDigest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';

const digestOf = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`);
const [b, c, d] = [digestOf('b'), digestOf('c'), digestOf('d')];

/** `1b+` is r1 of digest b with a receipt, `2c` one without, `3d!` a direct one. */
function history(text: string): readonly HistoryEntry[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const number = Number(word.charAt(0));
      const digest = digestOf(word.charAt(1));
      const direct = word.includes('!');
      const tag = parseTag(`${historyTag('staging', number, digest)}${direct ? '-direct' : ''}`);
      return { number, digest12: digest.slice(7, 19), direct, receipted: word.includes('+'), tag };
    });
}

function command(kind: Command['kind'], digest: Digest): Command {
  return {
    id: 'p-1',
    kind,
    digest,
    version: undefined,
    source: { registry: 'r', repository: parseRepositoryName('dev/web') },
    planId: 'plan',
    actor: 'tester',
    automatic: false,
    reason: undefined,
    requestedAt: '2026-11-23T12:00:00.000Z',
    runId: 'run',
  };
}

const settled: LaneView = {
  runId: 'run',
  laneRun: 'run',
  ledger: { number: 1, digest: b },
  head: undefined,
  headIsStarted: false,
  intents: [],
  history: history('1b+'),
  tag: b,
  drift: 'report',
};
const intentFor = (digest: Digest) => ({ digest12: digest.slice(7, 19) });
const promotion = command('promotion', c);
const rollback = command('rollback', d);

test.each<[string, Partial<LaneView>, string]>([
  ['nothing waits and the tag is right', {}, 'idle'],
  ['a promotion waits', { head: promotion }, 'run'],
  ['a rollback waits', { head: rollback }, 'run'],
  ['Redis is another than at the last pass', { laneRun: 'before', head: rollback }, 'import'],
  ['the lane was never looked at', { laneRun: undefined, ledger: undefined, history: [], tag: undefined }, 'import'],
  ['a direct entry lies above the ledger', { history: history('1b+ 2d!'), head: promotion }, 'adopt'],
  ['a direct entry lies below the ledger', { ledger: { number: 3, digest: b }, history: history('2d! 3b+') }, 'idle'],
  ['a late write of ours is under the tag', { tag: c, intents: [intentFor(c)] }, 'repair'],
  [
    'a late write is under the tag and a promotion waits',
    { tag: d, intents: [intentFor(d)], head: promotion },
    'repair',
  ],
  ['a late write is under the tag and a rollback waits', { tag: c, intents: [intentFor(c)], head: rollback }, 'run'],
  ['the head’s own flip is under the tag, its writer died', { tag: c, head: promotion, headIsStarted: true }, 'run'],
  ['a command of ours that failed half way is under the tag', { tag: c, history: history('1b+ 2c') }, 'repair'],
  ['a command of ours failed, but its receipt landed', { tag: c, history: history('1b+ 2c+') }, 'settle'],
  ['a command of ours failed, its receipt landed after the repair', { history: history('1b+ 2c+') }, 'settle'],
  [
    'a command of ours failed, its receipt landed, and a promotion waits',
    { tag: c, history: history('1b+ 2c+'), head: command('promotion', d) },
    'repair',
  ],
  ['other hands moved the tag', { tag: d }, 'idle'],
  ['other hands moved the tag and a promotion waits', { tag: d, head: promotion }, 'refuse-drift'],
  ['other hands removed the tag and a promotion waits', { tag: undefined, head: promotion }, 'refuse-drift'],
  ['other hands moved the tag and a rollback waits', { tag: c, head: rollback }, 'run'],
  ['drift is to be healed', { tag: d, drift: 'heal', head: promotion }, 'repair'],
  ['drift is to be adopted', { tag: d, drift: 'adopt', head: promotion }, 'adopt-tag'],
  ['the environment is older than we', { ledger: undefined, history: [], tag: d }, 'adopt-tag'],
  [
    'the very first flip’s writer died',
    { ledger: undefined, history: history('1c'), tag: c, head: promotion, headIsStarted: true },
    'run',
  ],
])('when %s', (_, change, kind) => {
  expect(decide({ ...settled, ...change }).kind).toBe(kind);
});

test('drift is noted when nothing waits', () => {
  expect(decide({ ...settled, tag: d })).toEqual({ kind: 'idle', drifted: true });
});

test('of several direct entries the highest is adopted, and all are seen', () => {
  const step = decide({ ...settled, history: history('1b+ 2c! 3d!') });
  expect(step).toMatchObject({ kind: 'adopt', direct: { number: 3 }, seen: [{ number: 2 }, { number: 3 }] });
});

const stale = { ...settled, laneRun: 'before' };
test.each<[string, Partial<LaneView>, object]>([
  ['nothing above', {}, { newest: undefined, above: { kind: 'nothing' } }],
  ['a newer receipt', { history: history('1b+ 2c+') }, { newest: { number: 2 }, above: { kind: 'nothing' } }],
  [
    'an entry whose flip is under the tag',
    { history: history('1b+ 2c'), tag: c },
    { above: { kind: 'complete', entry: { number: 2 } } },
  ],
  ['an entry whose flip is not', { history: history('1b+ 2c') }, { above: { kind: 'settle' } }],
  ['a direct entry above all', { history: history('1b+ 2c 3d!') }, { above: { kind: 'nothing' } }],
  [
    'nothing ever committed',
    { ledger: undefined, history: history('1c'), tag: undefined },
    { above: { kind: 'nothing' } },
  ],
])('an import with %s', (_, change, expected) => {
  expect(decide({ ...stale, ...change })).toMatchObject({ kind: 'import', ...expected });
});
