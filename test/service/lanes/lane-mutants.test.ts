/** Each rule of the lane protocol on a real Redis, upheld and not: what upholds it is replaced, and the lane ends wrong. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { forkedNumbers, historyTag, readHistory } from '../../../core/history.ts';
import type { Target } from '../../../oci/copy/target.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { drain } from '../../../service/lanes/drain.ts';
import { sweep } from '../../../service/lanes/sweep.ts';
import { acceptRollback } from '../../../service/ledger/accept-scripts.ts';
import {
  advance,
  commit,
  importLane,
  openIntent,
  openIntents,
  reserve,
  retireIntent,
} from '../../../service/ledger/lane-scripts.ts';
import type { Script } from '../../../service/ledger/script.ts';
import { type LaneWorld, openLaneWorld, type TagFate } from './lane-world.ts';
import { freezeAt, freezeBeforeWrite, withTarget } from './stand-still.ts';

let world: LaneWorld;
let b: Digest;
let c: Digest;
let d: Digest;

beforeEach(async () => {
  world = await openLaneWorld({ fences: false });
  b = await world.release('1.0.0', 'b');
  c = await world.release('1.1.0', 'c');
  d = await world.release('1.2.0', 'd');
  await world.promotion('1.0.0', b);
  await world.drain();
});
afterEach(() => world.close());

const staging = parseTag('staging');

/** What a script becomes: its text with some of it replaced. */
interface Change {
  readonly script: Script;
  readonly edits: readonly (readonly [from: string, to: string])[];
}

interface Mutant {
  readonly rule: string;
  readonly changes: readonly Change[];
  /** Plays the counterexample; answers the id of the command whose end is of interest. */
  readonly play: () => Promise<string>;
  readonly upheld: string;
  readonly broken: string;
}

/** Answers calls of the script with another text, as if that were the script. */
function replace({ script, edits }: Change): void {
  let { lua } = script;
  for (const [from, to] of edits) {
    expect(lua, 'each edit meets something').toContain(from);
    lua = lua.replaceAll(from, to);
  }
  const { redis } = world;
  const evalsha = redis.evalsha.bind(redis);
  Object.assign(redis, {
    evalsha: (sha1: string, keys: number, ...values: string[]) =>
      sha1 === script.sha1 ? redis.eval(lua, keys, ...values) : evalsha(sha1, keys, ...values),
  });
}

/** Where the lane stands: `tag b, ledger b, promoted`, and the numbers that name two digests. */
async function outcome(id: string): Promise<string> {
  const letters = new Map([b, c, d].map((digest, index) => [digest, 'bcd'.charAt(index)]));
  const letterOf = (digest: Digest | undefined) => (digest === undefined ? 'nothing' : letters.get(digest));
  const forks = forkedNumbers(readHistory('staging', await Array.fromAsync(world.bare.listTags())));
  const told = forks.map((number) => `, r${number} forked`).join('');
  return `tag ${letterOf(await world.tag())}, ledger ${letterOf(await world.ledger())}, ${await world.state(id)}${told}`;
}

/** Sweeps and drains as long as the sweeper rings. */
async function settle(): Promise<void> {
  for (let round = 1; round <= 10; round++) {
    world.rings.length = 0;
    await sweep([world.lane], round, world.parts, new AbortController().signal);
    if (world.rings.length === 0) return;
    await world.drain();
  }
}

const tokenAsked = "if fenced(ARGV[1]) then return 'fenced' end";
const intentOpened = "redis.call('HSET', intents, attempt, intent)";

const mutants: readonly Mutant[] = [
  {
    rule: '1, 8: retire evaluates the token',
    changes: [{ script: retireIntent, edits: [[tokenAsked, '']] }],
    play: async () => {
      const id = await world.promotion('1.1.0', c);
      const frozen = await freezeAt(world, 'environment-tag');
      await world.rollback(b, { isDefaultTarget: true });
      await world.drain();
      await frozen.thaw();
      return id;
    },
    upheld: 'tag b, ledger b, superseded',
    broken: 'tag c, ledger b, superseded',
  },
  {
    rule: '1: the run id is part of the token',
    changes: [openIntent, retireIntent, advance, commit].map((script) => ({
      script,
      edits: [[' or string.sub(token, -40) ~= run_id()', '']],
    })),
    play: async () => {
      const id = await world.promotion('1.1.0', c);
      const frozen = await freezeAt(world, 'intent');
      const stale = await world.snapshot();
      await world.rollback(b, { isDefaultTarget: true });
      await world.drain();
      await world.failover(stale);
      await frozen.thaw();
      return id;
    },
    upheld: 'tag b, ledger b, superseded',
    broken: 'tag b, ledger b, promoted',
  },
  {
    rule: '3: accepting a rollback supersedes what waits',
    changes: [
      {
        script: acceptRollback,
        edits: [
          ['supersede_all(ARGV[1], ARGV[3])', ''],
          ["redis.call('RPUSH', mailbox", "redis.call('LPUSH', mailbox"],
        ],
      },
    ],
    play: async () => {
      const id = await world.promotion('1.1.0', c);
      await world.rollback(b);
      await world.drain();
      return id;
    },
    upheld: 'tag b, ledger b, superseded',
    broken: 'tag c, ledger c, promoted',
  },
  {
    rule: '3: a rollback that joins another one supersedes what waits behind it',
    changes: [{ script: acceptRollback, edits: [['supersede_from(1, head, ARGV[3])', '']] }],
    play: async () => {
      await world.promotion('1.1.0', c);
      await world.drain();
      await world.rollback(b);
      const id = await world.promotion('1.2.0', d);
      await world.rollback(b);
      await world.drain();
      return id;
    },
    upheld: 'tag b, ledger b, superseded',
    broken: 'tag d, ledger d, promoted',
  },
  {
    rule: '5a: import opens an intent for every digest of the history',
    changes: [{ script: importLane, edits: [[intentOpened, '']] }],
    play: async () => {
      const late: TagFate & { kind: 'late' } = { kind: 'late' };
      world.fates.push(late);
      await world.promotion('1.1.0', c);
      await world.drain();
      const id = await world.rollback(b);
      await world.drain();
      await world.failover((await world.snapshot()).filter(({ key }) => !key.endsWith(':intents')));
      await world.drain();
      await late.land?.();
      return id;
    },
    upheld: 'tag b, ledger b, promoted',
    broken: 'tag c, ledger b, promoted',
  },
  {
    rule: '5a: import supersedes promotions of older runs',
    changes: [{ script: importLane, edits: [["ARGV[9] ~= 'none'", 'false']] }],
    play: async () => {
      const id = await world.promotion('1.1.0', c);
      const stale = await world.snapshot();
      await world.rollback(b);
      await world.drain();
      await world.failover(stale);
      return id;
    },
    upheld: 'tag b, ledger b, superseded',
    broken: 'tag c, ledger c, promoted',
  },
  {
    rule: '5b: a direct entry opens an intent',
    changes: [{ script: openIntents, edits: [[intentOpened, '']] }],
    play: async () => {
      await world.promotion('1.1.0', c);
      await world.drain();
      await world.bare.pushTag(parseTag(`${historyTag('staging', 3, b)}-direct`), await world.bare.fetchManifest(b));
      await world.drain();
      const id = await world.promotion('1.2.0', d);
      await world.drain();
      await world.bare.pushTag(staging, await world.bare.fetchManifest(b));
      return id;
    },
    upheld: 'tag d, ledger d, promoted',
    broken: 'tag b, ledger d, promoted',
  },
  {
    rule: '6: numbers are reserved',
    changes: [
      {
        script: reserve,
        edits: [
          ["redis.call('HGET', reserved, ARGV[2])", 'false'],
          ["redis.call('HGET', lane, 'reservedMax')", 'false'],
        ],
      },
    ],
    play: async () => {
      const id = await world.promotion('1.1.0', c);
      const frozen = await freezeBeforeWrite(world, (tag) => tag.startsWith('staging-r'));
      await world.rollback(b, { isDefaultTarget: true });
      await world.drain();
      await frozen.thaw();
      return id;
    },
    upheld: 'tag b, ledger b, superseded',
    broken: 'tag b, ledger b, superseded, r2 forked',
  },
  {
    rule: '7: each attempt has an intent of its own',
    changes: [
      { script: openIntent, edits: [["'HSET', intents, ARGV[2]", "'HSET', intents, 'the intent'"]] },
      { script: retireIntent, edits: [['ARGV[2]', "'the intent'"]] },
    ],
    play: async () => {
      const late: TagFate & { kind: 'late' } = { kind: 'late' };
      world.fates.push(late);
      await world.promotion('1.1.0', c);
      const id = await world.promotion('1.2.0', d);
      await world.drain();
      await late.land?.();
      return id;
    },
    upheld: 'tag d, ledger d, promoted',
    broken: 'tag c, ledger d, promoted',
  },
  {
    rule: '11: commit evaluates the token and asserts the head',
    changes: [
      {
        script: commit,
        edits: [
          [tokenAsked, ''],
          ["ARGV[3] == '1' and", 'false and'],
        ],
      },
    ],
    play: async () => {
      const id = await world.promotion('1.1.0', c);
      const frozen = await freezeAt(world, 'commit');
      await world.rollback(b, { isDefaultTarget: true });
      await world.drain();
      await frozen.thaw();
      return id;
    },
    upheld: 'tag b, ledger b, superseded',
    broken: 'tag c, ledger c, superseded',
  },
];

describe.each(mutants)('rule $rule', ({ changes, play, upheld, broken }) => {
  test(`upheld, the lane ends with ${upheld}`, async () => {
    const id = await play();
    await settle();
    expect(await outcome(id)).toBe(upheld);
  });

  test(`not upheld, it ends with ${broken}`, async () => {
    for (const change of changes) replace(change);
    const id = await play();
    await settle();
    expect(await outcome(id)).toBe(broken);
  });
});

describe('rule 12: the sweeper writes to no registry', () => {
  /** A sweeper that repairs by itself. */
  async function sweepAndWrite(): Promise<void> {
    const ledger = await world.ledger();
    if (ledger !== undefined) await world.bare.pushTag(staging, await world.bare.fetchManifest(ledger));
  }

  test.each([
    ['upheld', () => sweep([world.lane], 1, world.parts, new AbortController().signal), 'tag c, ledger c, promoted'],
    ['not upheld', sweepAndWrite, 'tag b, ledger c, promoted'],
  ])('%s, the lane ends accordingly', async (_, sweeper, ending) => {
    const id = await world.promotion('1.1.0', c);
    const frozen = await freezeAt(world, 'list-again');
    await sweeper();
    await frozen.thaw();
    await settle();
    expect(await outcome(id)).toBe(ending);
  });
});

describe('rule 9: the history is listed again after the flip', () => {
  /** A registry that shows a worker no direct entry once it has flipped. */
  function blindAfterFlip(target: Target): Target {
    let isBlind = false;
    return {
      ...target,
      pushTag: async (tag, manifest, options) => {
        await target.pushTag(tag, manifest, options);
        isBlind = tag === staging;
      },
      listTags: async function* (signal) {
        for await (const tag of target.listTags(signal)) if (!isBlind || !tag.endsWith('-direct')) yield tag;
      },
    };
  }

  test.each([
    ['upheld', (target: Target) => target, 'tag b, ledger b, superseded, r3 forked'],
    ['not upheld', blindAfterFlip, 'tag d, ledger d, promoted, r3 forked'],
  ])('%s, the lane ends accordingly', async (_, change, ending) => {
    await world.promotion('1.1.0', c);
    await world.drain();
    const id = await world.promotion('1.2.0', d);
    const direct = parseTag(`${historyTag('staging', 3, b)}-direct`);
    const parts = withTarget(world.parts, change(world.target));
    const meanwhile = async (step: string) => {
      if (step === 'list-again') await world.bare.pushTag(direct, await world.bare.fetchManifest(b));
    };
    await drain(world.lane, { ...parts, onStep: meanwhile }, new AbortController().signal);
    await settle();
    expect(await outcome(id)).toBe(ending);
  });
});
