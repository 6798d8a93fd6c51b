/** How start, push and listing fare the more tags a repository has, and the more repositories there are. */
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content } from '../../../oci/content.ts';
import { type Keeper, openKeeper } from '../../copy/open-keeper.ts';
import { median } from '../../median.ts';
import { roundTo } from '../../spread.ts';
import { openWireConnection, type WireConnection, type WireReply } from '../load/wire-connection.ts';
import { openContestant } from '../open-contestant.ts';
import type { Server } from '../open-server.ts';
import { readProcessAccount } from '../process-account.ts';
import type { ScaleKind, ScalePoint, ScaleResults } from './scale-results.ts';
import type { ScaleSizes } from './scale-sizes.ts';
import { repositoryOf, seedRepositories, seedTags, tagOf } from './seed-data-directory.ts';

/** All points of the curve, of our registry alone. */
export async function measureScale(
  sizes: ScaleSizes,
  directory: string,
  say: (line: string) => void,
): Promise<ScaleResults> {
  const keeper = await openKeeper(directory);
  try {
    const points: ScalePoint[] = [];
    for (const kind of ['tags', 'repositories'] as const) {
      points.push(...(await measureKind(keeper, { kind, sizes }, say)));
    }
    return { points };
  } finally {
    await keeper.close();
  }
}

interface Wanted {
  readonly kind: ScaleKind;
  readonly sizes: ScaleSizes;
}

/** A registry of one size that runs, with what was measured of it so far. */
interface RunningPoint {
  readonly server: Server;
  readonly manifest: Content;
  readonly directory: string;
  readonly measured: Omit<ScalePoint, 'pushMs' | 'residentMiB'>;
}

/** The points of a kind. Their pushes take turns: what else the disk has to do befalls all of them. */
async function measureKind(
  keeper: Keeper,
  wanted: Wanted,
  say: (line: string) => void,
): Promise<readonly ScalePoint[]> {
  const points: RunningPoint[] = [];
  try {
    for (const count of wanted.sizes[wanted.kind]) {
      say(`${count} ${wanted.kind}`);
      points.push(await openPoint(keeper, wanted, count));
    }
    const pushMs = await measurePushes(points, wanted.sizes.samples);
    return await Promise.all(
      points.map(async ({ server, measured }, at) => ({
        ...measured,
        pushMs: pushMs[at] ?? Number.NaN,
        residentMiB: roundTo((await readProcessAccount(server.pid)).residentMiB, 1),
      })),
    );
  } finally {
    for (const point of points) await closePoint(point);
  }
}

async function openPoint(keeper: Keeper, { kind, sizes }: Wanted, count: number): Promise<RunningPoint> {
  const directory = join(keeper.directory, `scale-${count}`);
  const root = join(directory, 'registry');
  const { manifest } = kind === 'tags' ? seedTags(root, count) : seedRepositories(root, count);
  // What was written as files is on the disk before anything is timed.
  spawnSync('sync');
  const startTimes: number[] = [];
  for (let start = 1; start < sizes.starts; start += 1) {
    const server = await open(keeper, directory);
    startTimes.push(server.startMs);
    await server.close();
  }
  const server = await open(keeper, directory);
  const startMs = Math.round(median([...startTimes, server.startMs]));
  const measured = { kind, count, startMs, ...(await measureReads({ kind, sizes }, count, server)) };
  return { server, manifest, directory, measured };
}

async function closePoint({ server, directory }: RunningPoint): Promise<void> {
  await server.close();
  await rm(directory, { recursive: true, force: true });
}

function open(keeper: Keeper, directory: string): Promise<Server> {
  return openContestant('ours', { registryProgram: '', toolPath: [] }, keeper, directory);
}

async function measureReads({ kind, sizes }: Wanted, count: number, server: Server) {
  const path = kind === 'tags' ? `/v2/${repositoryOf(0)}/tags/list` : '/v2/_catalog';
  const nameOf = kind === 'tags' ? tagOf : repositoryOf;
  const { residentMiB: startMiB } = await readProcessAccount(server.pid);
  const connection = await openWireConnection(server.host, server.port);
  const timed = async (times: number, target: string) => {
    const taken: number[] = [];
    for (let at = 0; at < times; at += 1) {
      taken.push(await timeOf(() => connection.exchange({ head: headOf(server, 'GET', target) }), 200));
    }
    return roundTo(median(taken), 2);
  };
  const firstEverMs = await timed(1, path);
  const firstPageMs = await timed(sizes.samples, path);
  const middle = `${path}?n=1000&last=${encodeURIComponent(nameOf(Math.floor(count / 2)))}`;
  const middlePageMs = await timed(sizes.samples, middle);
  connection.close();
  return { startMiB: roundTo(startMiB, 1), firstEverMs, firstPageMs, middlePageMs };
}

/** How long a push takes each of them. Connections are fresh: a registry closes those on which nothing happens. */
async function measurePushes(points: readonly RunningPoint[], samples: number): Promise<readonly number[]> {
  const pushers = await Promise.all(
    points.map(async (point) => {
      const connection = await openWireConnection(point.server.host, point.server.port);
      return { point, connection, times: [] as number[] };
    }),
  );
  for (let at = 0; at < samples; at += 1) {
    for (const { point, connection, times } of pushers) {
      times.push(await timeOf(() => pushTag(point, connection, `new-${at}`), 201));
    }
  }
  for (const { connection } of pushers) connection.close();
  return pushers.map(({ times }) => roundTo(median(times), 2));
}

/** Milliseconds to the answer, which has the status. */
async function timeOf(ask: () => Promise<WireReply>, status: number): Promise<number> {
  const began = performance.now();
  const reply = await ask();
  if (reply.status !== status) throw new Error(`${status} was due, not ${reply.status}`);
  return performance.now() - began;
}

function pushTag({ server, manifest }: RunningPoint, connection: WireConnection, tag: string): Promise<WireReply> {
  const { descriptor, bytes } = manifest;
  const length = [`Content-Length: ${bytes.length}`, `Content-Type: ${descriptor.mediaType}`];
  const head = headOf(server, 'PUT', `/v2/${repositoryOf(0)}/manifests/${tag}`, length);
  return connection.exchange({ head, body: [bytes] });
}

function headOf({ host, port, headers }: Server, method: string, path: string, more: readonly string[] = []): string {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, `Host: ${host}:${port}`, ...own, ...more, '', ''].join('\r\n');
}
