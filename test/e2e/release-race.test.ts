/** Processes that release at the same time, on registries without compare-and-swap: the rungs end right every time. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRepair } from '../../core/ladder-repair.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { drawReleases, seededDraw } from '../core/ladder-race.ts';
import { pushAll } from '../oci/content.ts';
import { openRegistryUnderTest } from '../registry/registry-under-test.ts';
import { tagOf, testImage } from '../release/release-world.ts';
import { openDistribution } from './distribution.ts';
import { type ReleaseProcess, startReleaseProcess } from './release-processes.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

/** Rounds with as many processes each: a soak finds what is rare. */
const rounds = process.env['REGISTRY_ACTION_SOAK'] === '1' ? 200 : 20;
const seed = 20_261_130;
const atOnceMax = 4;

/** For all rounds of one test: one takes about a second on a machine that has other things to do. */
const roundsMsMax = rounds * 10_000;

/** A registry to race on. */
interface Track {
  readonly url: string;
  readonly token?: string;
  close(): Promise<void>;
}

const tracks: Readonly<Record<string, () => Promise<Track>>> = {
  'a distribution registry': openDistribution,
  'the embedded registry': async () => {
    const { url, tokens, close } = await openRegistryUnderTest();
    return { url, token: tokens.pusher, close };
  },
};

let scratch: ScratchDirectory;

beforeAll(async () => {
  scratch = await openScratchDirectory('releases');
  const layout = await openLayout(layoutPath());
  // Every version that is ever drawn.
  for (const major of [0, 1, 2]) {
    for (const minor of [0, 1, 2]) {
      for (const patch of [0, 1, 2, 3]) {
        const { contents } = imageOf(`${major}.${minor}.${patch}`);
        await pushAll(layout, contents);
        const root = contents.at(-1);
        if (root !== undefined) await layout.pushTag(tagOf(`${major}.${minor}.${patch}`), root);
      }
    }
  }
});

afterAll(() => scratch?.close());

function layoutPath(): string {
  return join(scratch.path, 'images');
}

function imageOf(version: string) {
  return testImage(version, version);
}

describe.each(Object.entries(tracks))('on %s', (_, open) => {
  let track: Track;
  let host = '';
  let processes: ReleaseProcess[] = [];

  beforeAll(async () => {
    track = await open();
    host = new URL(track.url).host;
    processes = Array.from({ length: atOnceMax }, () => startReleaseProcess(track.token));
  });

  afterAll(async () => {
    await Promise.all(processes.map((one) => one.kill()));
    await track?.close();
  });

  async function release(process: ReleaseProcess | undefined, repository: string, version: string) {
    if (process === undefined) throw new Error('no process');
    return await process.release({ image: `${host}/${repository}`, version, layout: layoutPath() });
  }

  async function inRepository<Seen>(name: string, look: (repository: Target) => Promise<Seen>): Promise<Seen> {
    const { url, token } = track;
    const credentials = token === undefined ? undefined : { username: 'token', password: token };
    const client = openRegistryClient({ url, credentials: async () => credentials });
    try {
      return await look(client.repository(parseRepositoryName(name)));
    } finally {
      await client.close();
    }
  }

  async function tagsIn(name: string): Promise<ReadonlyMap<string, Digest | undefined>> {
    return await inRepository(name, async (repository) => {
      const named = new Map<string, Digest | undefined>();
      for await (const tag of repository.listTags()) named.set(tag, (await repository.resolve(tag))?.digest);
      return named;
    });
  }

  it.each([2, 3, 4])(
    `%i processes leave no rung wrong in ${rounds} rounds`,
    async (count) => {
      const draw = seededDraw(seed + count);
      for (let round = 0; round < rounds; round += 1) {
        const repository = `race/of-${count}/round-${round}`;
        const drawn = drawReleases(count + 1, draw).map(({ version }) => version.text);
        // Every other repository has a version already.
        const [first = ''] = drawn;
        if (round % 2 === 1) await release(processes[0], repository, first);
        const racing = drawn.slice(1);
        const answers = await Promise.all(racing.map((version, at) => release(processes[at], repository, version)));
        const hint = `seed ${seed + count}, round ${round}: ${racing.join(' ')}`;
        expect(answers, hint).toEqual(racing.map(() => ({ status: 'done', warnings: [] })));
        await expectWhole(await tagsIn(repository), round % 2 === 1 ? drawn : racing, hint);
      }
    },
    roundsMsMax,
  );

  it('one that is killed before its rungs move is put right by the next release', async () => {
    const repository = 'race/killed';
    const doomed = startReleaseProcess(track.token);
    await release(processes[0], repository, '1.0.0');
    const job = { image: `${host}/${repository}`, version: '1.1.0', layout: layoutPath() };
    expect(await doomed.release({ ...job, standAt: 'exact' })).toMatchObject({ standsAt: 'exact' });
    await doomed.kill();

    const left = await tagsIn(repository);
    expect(left.get('1.1.0')).toBe(imageOf('1.1.0').root.digest);
    expect(left.get('latest')).toBe(imageOf('1.0.0').root.digest);
    expect(left.has('1.1')).toBe(false);

    expect((await release(processes[1], repository, '1.0.1')).status).toBe('done');
    const healed = await tagsIn(repository);
    for (const tag of ['latest', '1']) expect(healed.get(tag)).toBe(imageOf('1.1.0').root.digest);
    expect(healed.get('1.0')).toBe(imageOf('1.0.1').root.digest);

    // Run again, the release itself finishes what it began.
    expect((await release(processes[2], repository, '1.1.0')).status).toBe('done');
    await expectWhole(await tagsIn(repository), ['1.0.0', '1.0.1', '1.1.0'], 'after the second run');
  });
});

async function expectWhole(
  named: ReadonlyMap<string, Digest | undefined>,
  versions: readonly string[],
  hint: string,
): Promise<void> {
  const known = new Map(versions.map((text) => [text, imageOf(text).root.digest]));
  for (const [version, digest] of known) expect(named.get(version), `${hint}: ${version}`).toBe(digest);
  expect(planRepair({ existing: named }).move, hint).toEqual([]);
  const highest = versions.toSorted(byNumbers).at(-1) ?? '';
  expect(named.get('latest'), hint).toBe(known.get(highest));
}

/** Compared here by hand, number by number. */
function byNumbers(a: string, b: string): number {
  const rank = (text: string) => text.split('.').reduce((sum, number) => sum * 100 + Number(number), 0);
  return rank(a) - rank(b);
}
