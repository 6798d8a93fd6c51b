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
import { repositoryOf, type SeededDirectory, seedRepositories, seedTags, tagOf } from './seed-data-directory.ts';

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
      for (const count of sizes[kind]) {
        say(`${count} ${kind}`);
        points.push(await measurePoint(keeper, { kind, count, sizes }));
      }
    }
    return { points };
  } finally {
    await keeper.close();
  }
}

interface Wanted {
  readonly kind: ScaleKind;
  readonly count: number;
  readonly sizes: ScaleSizes;
}

async function measurePoint(keeper: Keeper, wanted: Wanted): Promise<ScalePoint> {
  const { kind, count, sizes } = wanted;
  const directory = join(keeper.directory, 'scale');
  const root = join(directory, 'registry');
  const seeded = kind === 'tags' ? seedTags(root, count) : seedRepositories(root, count);
  // What was written as files is on the disk before anything is timed.
  spawnSync('sync');
  const startTimes: number[] = [];
  try {
    for (let start = 1; start < sizes.starts; start += 1) {
      const server = await open(keeper, directory);
      startTimes.push(server.startMs);
      await server.close();
    }
    const server = await open(keeper, directory);
    startTimes.push(server.startMs);
    try {
      return {
        kind,
        count,
        startMs: Math.round(median(startTimes)),
        ...(await measureRunning(server, wanted, seeded)),
      };
    } finally {
      await server.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function open(keeper: Keeper, directory: string): Promise<Server> {
  return openContestant('ours', { registryProgram: '', toolPath: [] }, keeper, directory);
}

type Running = Omit<ScalePoint, 'kind' | 'count' | 'startMs'>;

async function measureRunning(server: Server, wanted: Wanted, { manifest }: SeededDirectory): Promise<Running> {
  const { kind, count, sizes } = wanted;
  const path = kind === 'tags' ? `/v2/${repositoryOf(0)}/tags/list` : '/v2/_catalog';
  const nameOf = kind === 'tags' ? tagOf : repositoryOf;
  const { residentMiB: startMiB } = await readProcessAccount(server.pid);
  const connection = await openWireConnection(server.host, server.port);
  const timed = async (times: number, ask: (at: number) => Promise<WireReply>, status: number) => {
    const taken: number[] = [];
    for (let at = 0; at < times; at += 1) {
      const began = performance.now();
      const reply = await ask(at);
      taken.push(performance.now() - began);
      if (reply.status !== status) throw new Error(`${status} was due, not ${reply.status}`);
    }
    return roundTo(median(taken), 2);
  };
  const get = (target: string) => () => connection.exchange({ head: headOf(server, 'GET', target) });
  try {
    const firstEverMs = await timed(1, get(path), 200);
    const firstPageMs = await timed(sizes.samples, get(path), 200);
    const middle = `${path}?n=1000&last=${encodeURIComponent(nameOf(Math.floor(count / 2)))}`;
    const middlePageMs = await timed(sizes.samples, get(middle), 200);
    const pushMs = await timed(sizes.samples, (at) => pushTag(connection, server, `new-${at}`, manifest), 201);
    const { residentMiB } = await readProcessAccount(server.pid);
    return {
      startMiB: roundTo(startMiB, 1),
      residentMiB: roundTo(residentMiB, 1),
      ...{ pushMs, firstEverMs, firstPageMs, middlePageMs },
    };
  } finally {
    connection.close();
  }
}

function pushTag(
  connection: WireConnection,
  server: Server,
  tag: string,
  { descriptor, bytes }: Content,
): Promise<WireReply> {
  const length = [`Content-Length: ${bytes.length}`, `Content-Type: ${descriptor.mediaType}`];
  const head = headOf(server, 'PUT', `/v2/${repositoryOf(0)}/manifests/${tag}`, length);
  return connection.exchange({ head, body: [bytes] });
}

function headOf({ host, port, headers }: Server, method: string, path: string, more: readonly string[] = []): string {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, `Host: ${host}:${port}`, ...own, ...more, '', ''].join('\r\n');
}
