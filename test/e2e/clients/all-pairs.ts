/** The suite that every site has to pass: each client signs in and pushes, every one pulls, and what follows from that. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerProgram } from '../docker-daemon.ts';
import type { Site } from './client.ts';
import { type ClientName, type ClientWorld, clientNames, openClientWorld } from './client-world.ts';

/** A registry that listens, and who may do everything there. */
export interface OpenSite extends Site {
  readonly user: string;
  /** Password or token. */
  readonly secret: string;
  /** Words before the programs that reach it. */
  readonly enter: readonly string[];
  close(): Promise<void>;
}

/** Clients that say which tags there are, and those that remove one. */
const listers: readonly ClientName[] = ['podman', 'skopeo', 'crane', 'regctl', 'oras'];
const removers: readonly ClientName[] = ['skopeo', 'crane', 'regctl', 'oras'];

/** Adds the suite; the site is opened when it begins and closed at its end. */
export function describeAllPairs(title: string, open: () => Promise<OpenSite>): void {
  let site: OpenSite;
  let world: ClientWorld;

  beforeAll(async () => {
    site = await open();
    world = await openClientWorld(site, site.enter);
  });

  afterAll(async () => {
    await world?.close();
    await site?.close();
  });

  const imageOf = (name: ClientName) => `${site.host}/dev/${name}:1.0.0`;

  /** What each client has after pulling it, by the client's name. */
  async function pullEverywhere(image: string): Promise<Readonly<Record<string, string>>> {
    const pulls = clientNames.map(async (name) => {
      const { code, stderr, digest } = await world.client(name).pull(image);
      return [name, digest ?? `exit code ${code}: ${stderr}`] as const;
    });
    return Object.fromEntries(await Promise.all(pulls));
  }

  describe(title, () => {
    test.each(clientNames)('%s is refused with a wrong password, and signs in with the right one', async (name) => {
      const client = world.client(name);
      if (site.caFile !== undefined) {
        const distrustful = await client.login(site.user, site.secret);
        expect([distrustful.code === 0, distrustful.stderr]).toEqual([
          false,
          expect.stringMatching(/certificate|x509/i),
        ]);
      }
      await client.trust();
      const wrong = await client.login(site.user, `${site.secret}x`);
      expect([wrong.code === 0, `${wrong.stdout}${wrong.stderr}`]).toEqual([
        false,
        expect.stringMatching(/unauthorized|401|invalid username\/password/i),
      ]);
      const right = await client.login(site.user, site.secret);
      expect([right.code, right.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
    });

    test.each(clientNames)('what %s pushes, every client pulls, the same everywhere, and it runs', async (name) => {
      const image = imageOf(name);
      await world.client(name).push(image, `from-${name}`);
      const pulled = await pullEverywhere(image);
      const [first] = Object.values(pulled);
      expect(first).toMatch(/^sha256:/);
      expect(pulled).toEqual(Object.fromEntries(clientNames.map((each) => [each, first])));
      const run = ['run', '--rm', '--network', 'none', image];
      expect(await world.tools('docker').run(dockerProgram, ['--host', world.daemon.host, ...run])).toBe(
        `from-${name}`,
      );
      expect(await world.tools('podman').run('podman', run)).toBe(`from-${name}`);
    });

    test('every client that lists tags lists the same ones', async () => {
      const repository = `${site.host}/team/listed`;
      const tags = ['1.0.0', '1.1.0', 'latest', 'v2_x-y.z'];
      for (const tag of tags) {
        await world.client('crane').copy(imageOf('crane'), `${repository}:${tag}`);
      }
      for (const name of clientNames) {
        const { listTags } = world.client(name);
        expect(listTags !== undefined, name).toBe(listers.includes(name));
        if (listTags === undefined) continue;
        expect([name, (await listTags(repository)).toSorted()]).toEqual([name, tags]);
      }
    });

    test.each(removers)('%s removes a tag, and then no client finds it', async (name) => {
      const image = `${site.host}/gone/${name}:rejected`;
      await world.client('crane').copy(imageOf('crane'), image);
      const removed = await world.client(name).remove?.(image);
      expect([removed?.code, removed?.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
      for (const puller of ['docker', name] as const) {
        const { code, stderr } = await world.client(puller).pull(image);
        expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/not found|unknown|404/i)]);
      }
    });

    test.each(clientNames)('%s is refused once it signed out', async (name) => {
      await world.client(name).logout();
      const { code, stderr } = await world.client(name).pull(imageOf('regctl'));
      expect([code === 0, stderr]).toEqual([
        false,
        expect.stringMatching(/unauthorized|401|no basic auth|authentication required|credential not found/i),
      ]);
    });
  });
}
