/** The same image under four tags: by docker, by buildah, and by us with docker, with buildah and with neither. */
import { rm } from 'node:fs/promises';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { type ContestantName, contestantNames, type ReleaseRecord } from './action-results.ts';
import type { ActionSizes } from './action-sizes.ts';
import type { ActionWorld } from './action-world.ts';
import { makeLayersContext } from './build-contexts.ts';
import type { BuilderName } from './builder-watch.ts';
import { ourRelease } from './ours.ts';
import { rotate } from './rotate.ts';
import { type Command, runTimed } from './timed-run.ts';

const version = '1.2.3';
const tags: readonly string[] = [version, '1.2', '1', 'latest'];
const repository = 'acme/web';

/**
 * Runs all of them in each round, another one first in each; once more over the wire, which counts.
 * @throws Error when one fails, or does not leave four tags of one image.
 */
export async function measureReleases(world: ActionWorld, sizes: ActionSizes): Promise<readonly ReleaseRecord[]> {
  const records: ReleaseRecord[] = [];
  for (const contestant of contestantNames) records.push(await runContestant(world, sizes, contestant, true));
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const contestant of rotate(contestantNames, round)) {
      records.push(await runContestant(world, sizes, contestant, false));
    }
  }
  return records;
}

async function runContestant(
  world: ActionWorld,
  sizes: ActionSizes,
  contestant: ContestantName,
  isCounted: boolean,
): Promise<ReleaseRecord> {
  const context = await makeLayersContext(world.contexts, sizes);
  const { host } = new URL(isCounted ? world.wire.url : world.registry.url);
  const commands = await commandsOf(world, contestant, { image: `${host}/${repository}`, context });
  await world.wire.take();
  const run = await runTimed(world, commands);
  const count = await world.wire.take();
  await assertReleased(world, contestant);
  await world.registry.empty();
  await world.forgetImages();
  await rm(context, { recursive: true });
  return { contestant, run, count: isCounted ? count : undefined };
}

interface Release {
  readonly image: string;
  readonly context: string;
}

async function commandsOf(
  world: ActionWorld,
  contestant: ContestantName,
  { image, context }: Release,
): Promise<readonly Command[]> {
  switch (contestant) {
    case 'docker':
    case 'buildah':
      return theirCommands(contestant, { image, context }).map((words) => ({ words, env: world.env }));
    case 'ours-docker':
    case 'ours-buildah':
    case 'ours-none': {
      const builder = builderOf(contestant);
      return [await ourRelease(world, 'bundle', { image, version, builder, context })];
    }
  }
}

function builderOf(contestant: Exclude<ContestantName, BuilderName>): BuilderName | 'none' {
  switch (contestant) {
    case 'ours-docker':
      return 'docker';
    case 'ours-buildah':
      return 'buildah';
    case 'ours-none':
      return 'none';
  }
}

/** As people write it who do without us. */
function theirCommands(builder: BuilderName, { image, context }: Release): readonly (readonly string[])[] {
  if (builder === 'docker') {
    const [first = '', ...others] = tags.map((tag) => `${image}:${tag}`);
    return [
      ['docker', 'build', '--tag', first, context],
      ...others.map((name) => ['docker', 'tag', first, name]),
      ...[first, ...others].map((name) => ['docker', 'push', name]),
    ];
  }
  const local = 'localhost/bench';
  return [
    ['buildah', 'build', '--format', 'oci', '--tag', local, context],
    ...tags.map((tag) => ['buildah', 'push', '--tls-verify=false', local, `docker://${image}:${tag}`]),
  ];
}

async function assertReleased(world: ActionWorld, contestant: ContestantName): Promise<void> {
  const digests = await Promise.all(tags.map((tag) => digestOf(world.registry.url, tag)));
  if (digests[0] !== undefined && new Set(digests).size === 1) return;
  throw new Error(`${contestant}: its tags name ${digests.join(', ')}`);
}

/** What the tag names; undefined when it names nothing. Spec: distribution-spec v1.1.1, "Pulling manifests". */
async function digestOf(registryUrl: string, tag: string): Promise<string | undefined> {
  // Without these types the registry would make a manifest of schema 1 of what docker has pushed.
  const accept = `${mediaTypes.ociManifest}, ${mediaTypes.dockerManifest}`;
  const url = `${registryUrl}/v2/${repository}/manifests/${tag}`;
  const answer = await fetch(url, { method: 'HEAD', headers: { accept } });
  return answer.ok ? (answer.headers.get('docker-content-digest') ?? undefined) : undefined;
}
