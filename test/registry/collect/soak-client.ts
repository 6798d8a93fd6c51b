/** One client of the soak: what it does at random, and what it holds the registry to. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Digest } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf } from '../../oci/content.ts';
import type { Chance } from './chance.ts';
import {
  currentOf,
  type Graph,
  mayHaveNamed,
  moveTag,
  previousOf,
  type SoakModel,
  type SoakTag,
  tagOf,
  wasDeleted,
  wasHeld,
} from './soak-model.ts';
import type { SoakReply, SoakRequest, SoakWire } from './soak-wire.ts';

export interface SoakClientInit {
  /** Its tags end in it, and its own repository does. */
  readonly name: string;
  readonly chance: Chance;
  readonly model: SoakModel;
  readonly wire: SoakWire;
  /** Moves on with every request. */
  readonly clock: { now: number };
  readonly graceMs: number;
  readonly previousDigests: number;
}

export interface SoakClient {
  /** Does one thing, whole. Throws SoakViolation when the registry broke its word. */
  act(): Promise<string>;
}

/** The registry broke its word. */
export class SoakViolation extends Error {}

/** What the client had to wait for was its own to hold: then the registry owes nothing. */
class Excused extends Error {}

const sharedRepositories = ['shared/app', 'production/app'] as const;
const layers = Array.from({ length: 16 }, (_, at) => layerOf(`layer ${at} ${'x'.repeat(at * 40)}`));
const configsPerClient = 3;
const tagsPerClient = ['one', 'two', 'three'] as const;

/** The client of that name. */
export function openSoakClient(init: SoakClientInit): SoakClient {
  const { name, chance, model, wire, clock } = init;
  const own = `dev/${name}`;

  async function send(request: SoakRequest): Promise<SoakReply> {
    clock.now += 1;
    model.step += 1;
    // Now and then the others, and the collector, come far ahead of this client.
    for (let turns = chance.once(3) ? chance.below(20) : 0; turns > 0; turns -= 1) await nextTurn();
    const reply = await wire.send(request);
    model.step += 1;
    return reply;
  }

  /** Holds the registry to an answer, unless the client was too slow or somebody deleted what it needs. */
  function expectStatus(reply: SoakReply, wanted: number, what: string, terms: Terms): void {
    if (reply.status === wanted) return;
    if (clock.now - terms.since >= init.graceMs) throw new Excused();
    if (terms.mayBeGone?.() === true) throw new Excused();
    throw new SoakViolation(
      `${name}: ${what} is ${reply.status}, not ${wanted}: ${reply.body.toString().slice(0, 300)}`,
    );
  }

  interface Terms {
    readonly since: number;
    readonly mayBeGone?: () => boolean;
  }

  const randomTag = (repository: string) => `${chance.pick(tagsPerClient)}-${name}${repository === own ? '' : '-s'}`;
  const ownTag = (repository: string) => tagOf(model, repository, randomTag(repository));
  const randomPlace = () => (chance.once(2) ? own : chance.pick(sharedRepositories));

  function makeImage(kind: string): Graph {
    const some = [chance.pick(layers), chance.pick(layers)];
    const { manifest, config } = imageOf(
      `{"by":"${name}","kind":"${kind}","number":${chance.below(configsPerClient)}}`,
      some.map(({ descriptor }) => descriptor),
    );
    const graph = { root: manifest, blobs: [config, ...some], children: [] };
    return remember(kind === 'part' ? { ...graph, isPart: true } : graph);
  }

  function remember(graph: Graph): Graph {
    const known = model.graphs.get(graph.root.descriptor.digest);
    if (known !== undefined) return known;
    model.graphs.set(graph.root.descriptor.digest, graph);
    return graph;
  }

  /** Asks first, as container tools do, and sends nothing that is said to be there. */
  async function ensureBlob(repository: string, { descriptor, bytes }: Content): Promise<void> {
    const path = `/v2/${repository}/blobs/${descriptor.digest}`;
    if ((await send({ method: 'HEAD', path })).status === 200) return;
    const uploads = `/v2/${repository}/blobs/uploads/`;
    const terms = { since: clock.now };
    if (chance.once(2)) {
      const pushed = await send({ method: 'POST', path: `${uploads}?digest=${descriptor.digest}`, body: bytes });
      return expectStatus(pushed, 201, 'a blob that was pushed', terms);
    }
    const begun = await send({ method: 'POST', path: uploads });
    expectStatus(begun, 202, 'an upload', terms);
    const location = String(begun.headers.location);
    expectStatus(await send({ method: 'PATCH', path: location, body: bytes }), 202, 'a chunk', terms);
    const ended = await send({ method: 'PUT', path: `${location}?digest=${descriptor.digest}` });
    expectStatus(ended, 201, 'a blob that was pushed in chunks', terms);
  }

  async function ensureChild(repository: string, graph: Graph): Promise<void> {
    const { digest } = graph.root.descriptor;
    const path = `/v2/${repository}/manifests/${digest}`;
    if ((await send({ method: 'HEAD', path })).status === 200) return;
    await pushGraph(repository, graph, digest);
  }

  async function pushGraph(repository: string, graph: Graph, tagOrDigest: string): Promise<void> {
    const since = clock.now;
    for (const blob of graph.blobs) await ensureBlob(repository, blob);
    for (const child of graph.children) await ensureChild(repository, child);
    await putManifest(repository, graph, tagOrDigest, { since });
  }

  async function putManifest(repository: string, { root }: Graph, tagOrDigest: string, terms: Terms): Promise<void> {
    const headers = { 'content-type': root.descriptor.mediaType };
    const path = `/v2/${repository}/manifests/${tagOrDigest}`;
    const reply = await send({ method: 'PUT', path, headers, body: root.bytes });
    expectStatus(reply, 201, `${repository}: a manifest whose blobs were there`, terms);
  }

  /** Points the tag at the graph, once its content is there. */
  async function pushUnder(tag: SoakTag, graph: Graph, push: (tag: string) => Promise<void>): Promise<void> {
    const begin = model.step;
    const { digest } = graph.root.descriptor;
    // Whoever reads it meanwhile may see either.
    const last = tag.spans.at(-1);
    const until = last?.to;
    moveTag(tag, digest, begin, Number.POSITIVE_INFINITY);
    try {
      await push(tag.tag);
      if (last !== undefined && last.digest !== digest) last.to = model.step;
    } catch (error) {
      if (last?.digest !== digest) undoMove(tag, last, until);
      throw error;
    }
  }

  function undoMove(tag: SoakTag, last: SoakTag['spans'][number] | undefined, until: number | undefined): void {
    tag.spans.pop();
    if (last !== undefined) last.to = until ?? Number.POSITIVE_INFINITY;
  }

  async function pushImage(): Promise<void> {
    const repository = randomPlace();
    const graph = makeImage('image');
    await pushUnder(ownTag(repository), graph, (tag) => pushGraph(repository, graph, tag));
  }

  async function pushIndex(): Promise<void> {
    const repository = randomPlace();
    const children = [makeImage('part'), makeImage('part')];
    const root = indexOf(children.map((child) => child.root.descriptor));
    const graph = remember({ root, blobs: [], children });
    await pushUnder(ownTag(repository), graph, (tag) => pushGraph(repository, graph, tag));
  }

  /** Any tag of anybody that was ever there. */
  function anyTag(): SoakTag | undefined {
    const tags = [...model.tags.values()];
    return tags.length === 0 ? undefined : chance.pick(tags);
  }

  /** The manifest of the tag, when it is there; holds the registry to what the tag may name. */
  async function readTag(tag: SoakTag): Promise<Graph | undefined> {
    const from = model.step;
    const reply = await send({ method: 'GET', path: `/v2/${tag.repository}/manifests/${tag.tag}` });
    const to = model.step;
    if (reply.status === 404) {
      const named = [...tag.spans];
      const gone = named.some(({ digest }) => digest !== undefined && wasDeleted(model, tag.repository, digest, from));
      if (mayHaveNamed(tag, undefined, from, to) || gone) return undefined;
      throw new SoakViolation(`${name}: ${tag.repository}:${tag.tag} is not there`);
    }
    const digest = String(reply.headers['docker-content-digest']) as Digest;
    const graph = model.graphs.get(digest);
    if (graph === undefined || !reply.body.equals(graph.root.bytes)) throw new SoakViolation(`wrong bytes: ${digest}`);
    if (!mayHaveNamed(tag, digest, from, to))
      throw new SoakViolation(`${name}: ${tag.repository}:${tag.tag} is ${digest}`);
    return graph;
  }

  async function readGraph(repository: string, graph: Graph, terms: Terms): Promise<void> {
    for (const child of graph.children) {
      const { digest } = child.root.descriptor;
      const reply = await send({ method: 'GET', path: `/v2/${repository}/manifests/${digest}` });
      expectStatus(reply, 200, `${repository}: a manifest of an index that was read`, terms);
      if (!reply.body.equals(child.root.bytes)) throw new SoakViolation(`wrong bytes: ${digest}`);
      await readGraph(repository, child, terms);
    }
    for (const { descriptor, bytes } of graph.blobs) {
      const reply = await send({ method: 'GET', path: `/v2/${repository}/blobs/${descriptor.digest}` });
      expectStatus(reply, 200, `${repository}: a blob of a manifest that was read`, terms);
      if (!reply.body.equals(bytes)) throw new SoakViolation(`wrong bytes: ${descriptor.digest}`);
    }
  }

  /** What was read stays for as long as a client takes, unless its owner deletes it. */
  function readTerms(repository: string, graph: Graph): Terms {
    const from = model.step - 2;
    return { since: clock.now, mayBeGone: () => wasDeleted(model, repository, graph.root.descriptor.digest, from) };
  }

  async function pull(): Promise<void> {
    const tag = anyTag();
    const graph = tag && (await readTag(tag));
    if (tag === undefined || graph === undefined) return;
    await readGraph(tag.repository, graph, readTerms(tag.repository, graph));
    await readReferrers(tag.repository, graph.root.descriptor.digest);
  }

  async function readReferrers(repository: string, subject: Digest): Promise<void> {
    const owed = model.referrers.filter((one) => one.repository === repository && one.subject === subject);
    const heldBefore = owed.filter((one) => wasHeld(model, one));
    const reply = await send({ method: 'GET', path: `/v2/${repository}/referrers/${subject}` });
    const { manifests } = JSON.parse(reply.body.toString()) as { manifests: { digest: Digest }[] };
    const listed = new Set(manifests.map(({ digest }) => digest));
    for (const attached of heldBefore.filter((one) => wasHeld(model, one))) {
      const { digest } = attached.graph.root.descriptor;
      if (!listed.has(digest)) throw new SoakViolation(`${name}: ${repository}: the referrer ${digest} is not listed`);
      if (chance.once(3)) await readOwed(attached);
    }
  }

  async function readOwed(attached: (typeof model.referrers)[number]): Promise<void> {
    const { repository, graph } = attached;
    const terms = { since: clock.now, mayBeGone: () => !wasHeld(model, attached) };
    const { digest } = graph.root.descriptor;
    const reply = await send({ method: 'GET', path: `/v2/${repository}/manifests/${digest}` });
    expectStatus(reply, 200, `${repository}: a referrer whose subject was kept`, terms);
    await readGraph(repository, graph, terms);
  }

  /** From where one was pushed to where it runs: mounted, then under its tags. */
  async function promote(): Promise<void> {
    const source = anyTag();
    const graph = source && (await readTag(source));
    if (source === undefined || graph === undefined) return;
    const target = chance.pick(sharedRepositories);
    const terms = readTerms(source.repository, graph);
    await copyGraph(source.repository, target, graph, terms);
    const history = tagOf(model, target, `h${chance.below(3)}-${name}`);
    await pushUnder(history, graph, (tag) => putManifest(target, graph, tag, terms));
    const environment = tagOf(model, target, `production-${name}`);
    await pushUnder(environment, graph, (tag) => putManifest(target, graph, tag, terms));
  }

  async function copyGraph(source: string, target: string, graph: Graph, terms: Terms): Promise<void> {
    for (const child of graph.children) {
      await copyGraph(source, target, child, terms);
      await putManifest(target, child, child.root.descriptor.digest, terms);
    }
    for (const { descriptor } of graph.blobs) {
      const path = `/v2/${target}/blobs/uploads/?mount=${descriptor.digest}&from=${encodeURIComponent(source)}`;
      const mounted = await send({ method: 'POST', path });
      if (mounted.status === 202) {
        expectStatus({ ...mounted, status: 404 }, 201, `${source}: the mount of a blob that was read`, terms);
      }
      expectStatus(mounted, 201, 'a mounted blob', terms);
    }
  }

  async function untag(): Promise<void> {
    const tag = ownTag(randomPlace());
    if (currentOf(tag) === undefined) return;
    const begin = model.step;
    const last = tag.spans.at(-1);
    moveTag(tag, undefined, begin, Number.POSITIVE_INFINITY);
    const reply = await send({ method: 'DELETE', path: `/v2/${tag.repository}/manifests/${tag.tag}` });
    if (last !== undefined) last.to = model.step;
    expectStatus(reply, 202, `${tag.repository}:${tag.tag} that is deleted`, { since: clock.now });
  }

  /** The owner of a repository deletes an image there with all its tags. */
  async function deleteManifest(): Promise<void> {
    const digest = currentOf(ownTag(own));
    const graph = digest && model.graphs.get(digest);
    if (digest === undefined || graph === undefined || graph.isPart) return;
    const deletion = { from: model.step, to: Number.POSITIVE_INFINITY };
    const key = `${own}@${digest}`;
    model.deletions.set(key, [...(model.deletions.get(key) ?? []), deletion]);
    const named = [...model.tags.values()].filter((tag) => tag.repository === own && currentOf(tag) === digest);
    const spans = named.map((tag) => tag.spans.at(-1));
    for (const tag of named) moveTag(tag, undefined, model.step, Number.POSITIVE_INFINITY);
    const reply = await send({ method: 'DELETE', path: `/v2/${own}/manifests/${digest}` });
    for (const span of spans) if (span !== undefined) span.to = model.step;
    deletion.to = model.step;
    expectStatus(reply, 202, `${own}: a tagged manifest that is deleted`, { since: clock.now });
  }

  async function attach(): Promise<void> {
    const tag = ownTag(randomPlace());
    const subject = currentOf(tag);
    const root = subject && model.graphs.get(subject)?.root;
    if (subject === undefined || root === undefined) return;
    const payload = layerOf(`payload of ${name} ${chance.below(configsPerClient)}`);
    const manifest = manifestOf(mediaTypes.ociManifest, {
      artifactType: 'application/vnd.example.signature',
      config: payload.descriptor,
      layers: [],
      subject: root.descriptor,
    });
    const graph = remember({ root: manifest, blobs: [payload], children: [], subject });
    const from = model.step;
    await pushGraph(tag.repository, graph, manifest.descriptor.digest);
    model.referrers.push({ repository: tag.repository, subject, graph, from });
  }

  /** Brings back what a tag named before. */
  async function restore(): Promise<void> {
    const tag = ownTag(randomPlace());
    const [digest] = previousOf(tag, init.previousDigests, true).toReversed();
    const graph = digest && model.graphs.get(digest);
    if (graph === undefined || digest === undefined || currentOf(tag) === undefined) return;
    if (wasDeleted(model, tag.repository, digest, 0)) return;
    const terms = { since: clock.now };
    const reply = await send({ method: 'GET', path: `/v2/${tag.repository}/manifests/${digest}` });
    expectStatus(reply, 200, `${tag.repository}: what ${tag.tag} named before`, terms);
    await readGraph(tag.repository, graph, terms);
    await pushUnder(tag, graph, (name) => putManifest(tag.repository, graph, name, terms));
  }

  /** Finds a manifest that may be without a tag for long, and gives it one without sending anything it needs. */
  async function tagFound(): Promise<void> {
    if (model.graphs.size === 0) return;
    await tagIfThere(randomPlace(), chance.pick([...model.graphs.values()]));
  }

  async function tagIfThere(repository: string, graph: Graph): Promise<void> {
    if (graph.subject !== undefined) return;
    const { digest } = graph.root.descriptor;
    const terms = readTerms(repository, graph);
    const reply = await send({ method: 'HEAD', path: `/v2/${repository}/manifests/${digest}` });
    if (reply.status !== 200) return;
    await pushUnder(ownTag(repository), graph, (tag) => putManifest(repository, graph, tag, terms));
  }

  /** Needs what is about to be taken away. */
  async function needHot(): Promise<void> {
    const { hot } = model;
    if (hot === undefined) return;
    const repository = hot.repository ?? randomPlace();
    if (repository !== own && !sharedRepositories.some((shared) => shared === repository)) return;
    const found = model.graphs.get(hot.digest);
    if (found !== undefined) return tagIfThere(repository, found);
    const users = [...model.graphs.values()].filter(({ blobs, subject }) => {
      return subject === undefined && blobs.some(({ descriptor }) => descriptor.digest === hot.digest);
    });
    if (users.length === 0) return;
    const graph = chance.pick(users);
    await pushUnder(ownTag(repository), graph, (tag) => pushGraph(repository, graph, tag));
  }

  async function abandonUpload(): Promise<void> {
    const begun = await send({ method: 'POST', path: `/v2/${randomPlace()}/blobs/uploads/` });
    expectStatus(begun, 202, 'an upload', { since: clock.now });
    const path = String(begun.headers.location);
    await send({ method: 'PATCH', path, body: contentOf('x/y', Buffer.from('half')).bytes });
    const ended = await send({ method: 'DELETE', path });
    expectStatus(ended, 204, 'an upload that is cancelled', { since: clock.now });
  }

  const deeds: readonly (readonly [number, string, () => Promise<void>])[] = [
    [6, 'push', pushImage],
    [3, 'push index', pushIndex],
    [4, 'pull', pull],
    [3, 'promote', promote],
    [4, 'untag', untag],
    [2, 'delete', deleteManifest],
    [2, 'attach', attach],
    [2, 'restore', restore],
    [3, 'tag found', tagFound],
    [1, 'abandon', abandonUpload],
  ];
  const need = { kind: 'need', deed: needHot };
  const weighted = deeds.flatMap(([weight, kind, deed]) => Array.from({ length: weight }, () => ({ kind, deed })));

  return {
    async act() {
      const { kind, deed } = model.hot !== undefined && chance.once(3) ? need : chance.pick(weighted);
      try {
        await deed();
        return kind;
      } catch (error) {
        if (error instanceof Excused) return 'excused';
        throw error;
      }
    },
  };
}
