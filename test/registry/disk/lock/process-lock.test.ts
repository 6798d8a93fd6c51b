/** Whose a lock file is: of processes that can be seen, and of those that cannot. */
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HeldLock } from '../../../../registry/disk/lock/held-lock.ts';
import { judgeHolder, type LockHolder, ownHolder } from '../../../../registry/disk/lock/lock-record.ts';
import {
  acquireProcessLock,
  type LockOptions,
  type LockOutcome,
  readLiveHolder,
} from '../../../../registry/disk/lock/process-lock.ts';
import { readProcessStart } from '../../../../registry/disk/lock/process-start.ts';
import { temporaryDirectory } from '../../registry-under-test.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory, 'lock');
});

const held: HeldLock[] = [];

afterEach(async () => {
  for (const lock of held.splice(0)) await lock.release();
  await rm(directory, { recursive: true });
});

/** A number above the largest that a kernel gives out. */
const deadPid = 2 ** 22 + 1;
const beatMs = 2_000;
const patienceMs = 10_000;
/** Of a process in another container. */
const stranger = { host: 'elsewhere', pid: 1, started: 'boot:1', namespace: 'pid:[1]', beatMs };

async function writeLock(holder: object, at = path): Promise<void> {
  await writeFile(at, JSON.stringify(holder));
}

/** A time that passes only when somebody waits, and what happens after so many waits. */
function openTime(happenings: Readonly<Record<number, () => Promise<unknown>>> = {}) {
  let waits = 0;
  let waitedMs = 0;
  const work = new Set<() => void>();
  return {
    waitedMs: () => waitedMs,
    beat: () => [...work].map((each) => each()),
    timing: {
      async wait(ms: number): Promise<void> {
        waitedMs += ms;
        waits += 1;
        await happenings[waits]?.();
      },
      every(_ms: number, each: () => void): () => void {
        work.add(each);
        return () => work.delete(each);
      },
    },
  };
}

async function acquired(outcome: Promise<LockOutcome>): Promise<Extract<LockOutcome, { acquired: true }>> {
  const found = await outcome;
  if (!found.acquired) throw new Error(`held by ${found.holder.pid} on ${found.holder.host}`);
  held.push(found);
  return found;
}

async function holderInFile(): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

async function later(): Promise<void> {
  const { mtimeMs } = await stat(path);
  await utimes(path, mtimeMs / 1000 + 2, mtimeMs / 1000 + 2);
}

describe('the lock of a process that cannot be seen from here', () => {
  async function unseen(): Promise<[string, object][]> {
    const self = await ownHolder(beatMs);
    return [
      ['on another host', stranger],
      ['of another container with our host name', { ...self, pid: deadPid, namespace: 'pid:[1]' }],
      ['with our number, in another container with our host name', { ...self, namespace: 'pid:[1]' }],
      ['of another boot, on another machine with our host name', { ...self, started: 'earlier:1', machine: 'another' }],
      ['that cannot tell which namespace it is in', { ...self, namespace: undefined }],
    ];
  }

  test('is taken over after five missed beats, and not before', async () => {
    for (const [name, holder] of await unseen()) {
      await writeLock(holder);
      const time = openTime();
      const lock = await acquired(acquireProcessLock(path, time));
      expect([name, time.waitedMs()]).toEqual([name, patienceMs]);
      expect(await holderInFile()).toMatchObject(await ownHolder(beatMs));
      await lock.release();
    }
    expect(await readdir(directory)).toEqual([]);
  });

  test('stands as soon as it beats, be it at the last moment', async () => {
    for (const at of [1, 25, 50]) {
      await writeLock(stranger);
      const time = openTime({ [at]: later });
      expect(await acquireProcessLock(path, time)).toEqual({ acquired: false, holder: stranger });
      expect(time.waitedMs()).toBe(at * 200);
    }
  });

  test('is told while it is watched, with its holder and for how long', async () => {
    await writeLock(stranger);
    const told: unknown[] = [];
    const lock = await acquired(
      acquireProcessLock(path, { ...openTime(), onAwaited: (awaited) => told.push(awaited) }),
    );
    expect(told).toEqual([{ path, holder: stranger, patienceMs }]);
    await lock.release();
  });

  test('is ours as soon as it is released', async () => {
    await writeLock(stranger);
    const time = openTime({ 3: () => rm(path) });
    await (await acquired(acquireProcessLock(path, time))).release();
    expect(time.waitedMs()).toBe(600);
  });

  test('is judged anew when another one has taken it over meanwhile', async () => {
    await writeLock(stranger);
    const second = { ...stranger, pid: 2 };
    const time = openTime({ 3: () => writeLock(second), 10: later });
    expect(await acquireProcessLock(path, time)).toEqual({ acquired: false, holder: second });
  });

  test('is watched anew when it beat while another one that died was at it', async () => {
    await writeLock(stranger);
    await writeLock({ ...stranger, pid: 2 }, `${path}.taking-over`);
    const time = openTime({ 90: later, 125: later });
    expect(await acquireProcessLock(path, time)).toEqual({ acquired: false, holder: stranger });
  });

  test('is taken over after one that died while taking it over, once that is certain', async () => {
    await writeLock(stranger);
    await writeLock({ ...stranger, pid: 2 }, `${path}.taking-over`);
    const time = openTime();
    await (await acquired(acquireProcessLock(path, time))).release();
    expect(time.waitedMs()).toBe(3 * patienceMs);
    expect(await readdir(directory)).toEqual([]);
  });

  test('goes to one of many who watch it', async () => {
    await writeLock(stranger);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => acquireProcessLock(path, openTime())));
    held.push(...outcomes.filter((outcome) => outcome.acquired));
    expect(held).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['lock']);
  });

  test('is watched no longer than somebody wants to wait', async () => {
    await writeLock(stranger);
    const signal = AbortSignal.abort();
    await expect(acquireProcessLock(path, { signal })).rejects.toThrow('aborted');
    expect(await holderInFile()).toEqual(stranger);
  });

  test.each([0, -1, 1e12, 'often'])('that promises a beat of %j is taken for that of an older program', async (odd) => {
    await writeLock({ ...stranger, beatMs: odd });
    const time = openTime();
    expect(await acquireProcessLock(path, time)).toMatchObject({ acquired: false });
    expect(time.waitedMs()).toBe(0);
  });
});

describe('the lock of an earlier boot', () => {
  const self: LockHolder = {
    ...{ host: 'here', pid: 2, started: 'now:1', beatMs },
    ...{ namespace: 'pid:[4026531836]', machine: 'installed' },
  };
  const before: LockHolder = { ...self, started: 'earlier:1' };

  test('is nobody’s at once on a machine that was started anew', async () => {
    expect(await judgeHolder(before, self)).toBe('dead');
  });

  test.each<[string, Partial<LockHolder>]>([
    ['a host of another name', { host: 'elsewhere' }],
    ['another installation', { machine: 'another' }],
    ['an installation without a name', { machine: undefined }],
    ['a container', { namespace: 'pid:[1]' }],
    ['a system that does not say when it was started', { started: undefined }],
  ])('has to be watched where it, or whoever judges it, is in %s', async (_, difference) => {
    expect(await judgeHolder({ ...before, ...difference }, self)).toBe('unknown');
    expect(await judgeHolder(before, { ...self, ...difference })).toBe('unknown');
  });
});

describe('the lock of a process in our namespace', () => {
  test('is judged at once, whatever its host was called', async () => {
    const self = await ownHolder(beatMs);
    const parent = await readProcessStart(process.ppid);
    const started = typeof parent === 'object' ? `${parent.boot}:${parent.tick}` : parent;
    const time = openTime();
    for (const host of [hostname(), 'as it was called before']) {
      await writeLock({ ...self, host, pid: process.ppid, started });
      expect(await acquireProcessLock(path, time)).toMatchObject({ acquired: false, holder: { pid: process.ppid } });
      await writeLock({ ...self, host, pid: deadPid });
      await (await acquired(acquireProcessLock(path, time))).release();
    }
    expect(time.waitedMs()).toBe(0);
  });

  test('in a file of an older program is judged by the name of the host', async () => {
    const { host, started } = await ownHolder(beatMs);
    const time = openTime();
    await writeLock({ host, pid: process.pid, started });
    expect(await acquireProcessLock(path, time)).toMatchObject({ acquired: false });
    await writeLock({ host, pid: deadPid, started });
    await (await acquired(acquireProcessLock(path, time))).release();
    expect(time.waitedMs()).toBe(0);
  });
});

describe('a lock that is held', () => {
  async function hold(options: LockOptions = {}) {
    const time = openTime();
    let losses = 0;
    const lock = await acquired(acquireProcessLock(path, { ...time, onLost: () => (losses += 1), ...options }));
    return { lock, time, losses: () => losses };
  }

  test('is touched with every beat, and written to by none', async () => {
    const { lock, time } = await hold();
    const [before, text] = [await stat(path), await readFile(path, 'utf8')];
    for (const beats of [1, 2]) {
      time.beat();
      await expect.poll(async () => Math.round((await stat(path)).mtimeMs - before.mtimeMs)).toBe(beats * beatMs);
    }
    expect(await readFile(path, 'utf8')).toBe(text);
    await lock.release();
  });

  const taken: [string, () => Promise<unknown>][] = [
    ['removed', () => rm(path)],
    ['replaced', () => rm(path).then(() => writeLock(stranger))],
  ];

  test.each(taken)('is lost when it was %s: at the next beat, for good', async (_, take) => {
    const { lock, time, losses } = await hold();
    expect([lock.isOurs(), await lock.isHeld()]).toEqual([true, true]);
    const text = await readFile(path);
    await take();
    time.beat();
    await expect.poll(losses).toBe(1);
    await writeFile(path, text);
    expect([lock.isOurs(), await lock.isHeld(), losses()]).toEqual([false, false, 1]);
    expect(time.beat()).toEqual([]);
  });

  test.each(taken)('is seen to be lost when it was %s, without a beat', async (_, take) => {
    const { lock, losses } = await hold();
    await take();
    expect([lock.isOurs(), await lock.isHeld(), losses()]).toEqual([false, false, 1]);
  });

  test('stays with whoever has it now', async () => {
    const { lock } = await hold();
    await rm(path);
    await writeLock(stranger);
    await lock.release();
    expect(await holderInFile()).toEqual(stranger);
  });

  test('touches nothing of whoever has it now', async () => {
    const { lock, time, losses } = await hold();
    await rm(path);
    await writeLock(stranger);
    const { mtimeMs } = await stat(path);
    time.beat();
    await expect.poll(losses).toBe(1);
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
    await lock.release();
  });

  test('is removed by its release, and lost to nobody by it', async () => {
    const { lock, time, losses } = await hold();
    await lock.release();
    expect([await readdir(directory), time.beat(), losses()]).toEqual([[], [], 0]);
  });
});

describe('who holds a lock, asked without taking it', () => {
  const alive = { host: hostname(), pid: process.ppid };
  const cases: [string, object | undefined, number | undefined, object | undefined][] = [
    ['nobody, where there is no file', undefined, undefined, undefined],
    ['nobody, where its process is dead', { host: hostname(), pid: deadPid }, undefined, undefined],
    ['nobody, where a process that cannot be seen is silent', stranger, undefined, undefined],
    ['a process that lives', alive, undefined, alive],
    ['a process that cannot be seen, and beats', stranger, 3, stranger],
  ];

  test.each(cases)('%s', async (_, holder, beatsAt, expected) => {
    if (holder !== undefined) await writeLock(holder);
    const before = await readdir(directory);
    const time = openTime(beatsAt === undefined ? {} : { [beatsAt]: later });
    const found = await readLiveHolder(path, time);
    expect(found && { ...found }).toEqual(expected && expect.objectContaining(expected));
    expect(await readdir(directory)).toEqual(before);
  });
});
