/** All contestants beside each other, row by row, in rounds that take turns at being first. */
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rotate } from '../action/rotate.ts';
import { type Keeper, openKeeper } from '../copy/open-keeper.ts';
import type { Contest, ContestantName } from './contestant.ts';
import type { LoadOrder, LoadWork } from './load/load-order.ts';
import { openContestant } from './open-contestant.ts';
import { type Load, openLoad } from './open-load.ts';
import type { Server } from './open-server.ts';
import { readProcessAccount } from './process-account.ts';
import type { WindowRecord } from './registry-results.ts';
import { type CaseName, type RegistryRow, type RegistrySizes, registryCases, titleOf } from './registry-row.ts';
import { assertBlob, makeSeededContent, type SeededContent, seedRegistry } from './seed-registry.ts';

export interface RowsInit {
  readonly contest: Contest;
  readonly names: readonly CaseName[];
  readonly sizes: RegistrySizes;
  /** Where the registries keep their content. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

/** The windows of every row. */
export async function measureRows(init: RowsInit): Promise<readonly WindowRecord[]> {
  const { names, sizes, directory } = init;
  const keeper = await openKeeper(directory);
  const load = openLoad();
  try {
    const rows = names.flatMap((name) => sizes.concurrencies.map((concurrency) => ({ name, concurrency })));
    const reads = rows.filter(({ name }) => registryCases[name].kind !== 'push');
    const pushes = rows.filter(({ name }) => registryCases[name].kind === 'push');
    const records: WindowRecord[] = [];
    // What pushes leave is removed after each row of them; what is read lies there for all rows.
    for (const group of [reads, ...pushes.map((row) => [row])]) {
      if (group.length > 0) records.push(...(await measureGroup(init, group, keeper, load)));
    }
    return records;
  } finally {
    await load.close();
    await keeper.close();
  }
}

async function measureGroup(
  init: RowsInit,
  rows: readonly RegistryRow[],
  keeper: Keeper,
  load: Load,
): Promise<readonly WindowRecord[]> {
  const { contest, sizes, say } = init;
  const directory = join(keeper.directory, 'registries');
  const readsBlobs = rows.some(({ name }) => registryCases[name].kind === 'blob');
  const { small } = sizes.bytes;
  const content = makeSeededContent(readsBlobs ? sizes : { bytes: { ...sizes.bytes, medium: small, large: small } });
  const servers = new Map<ContestantName, Server>();
  try {
    for (const name of ['ours', ...contest.peers] as const) {
      const server = await openContestant(name, contest, keeper, join(directory, name));
      servers.set(name, server);
      await seedRegistry(server, content);
    }
    const records: WindowRecord[] = [];
    for (const row of rows) {
      say(titleOf(row, sizes));
      records.push(...(await measureRow(row, { servers, content, load, sizes })));
    }
    return records;
  } finally {
    for (const server of servers.values()) await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface World {
  readonly servers: ReadonlyMap<ContestantName, Server>;
  readonly content: SeededContent;
  readonly load: Load;
  readonly sizes: RegistrySizes;
}

async function measureRow(row: RegistryRow, world: World): Promise<readonly WindowRecord[]> {
  const { servers, load, sizes } = world;
  const records: WindowRecord[] = [];
  for (const server of servers.values()) {
    if (sizes.warmUpMs > 0) await load.make(orderFor(row, world, server, sizes.warmUpMs));
  }
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const [contestant, server] of rotate([...servers], round)) {
      flushEverything();
      records.push({ row, round, contestant, ...(await measureWindow(row, world, server)) });
    }
  }
  return records;
}

type Measured = Omit<WindowRecord, 'row' | 'round' | 'contestant'>;

async function measureWindow(row: RegistryRow, world: World, server: Server): Promise<Measured> {
  const order = orderFor(row, world, server, world.sizes.windowMs);
  const before = await readProcessAccount(server.pid);
  const { cpuMs: loadCpuMs, lastDigest, ...outcome } = await world.load.make(order);
  const { cpuMs, residentMiB } = await readProcessAccount(server.pid);
  if (lastDigest !== undefined) await assertBlob(server, world.content.repository, lastDigest);
  return { ...outcome, loadCpuMs, cpuMs: cpuMs - before.cpuMs, residentMiB };
}

/** Nobody waits for what another one has left to the disk. */
function flushEverything(): void {
  spawnSync('sync');
}

function orderFor(row: RegistryRow, world: World, server: Server, durationMs: number): LoadOrder {
  const { host, port, headers } = server;
  const { concurrency } = row;
  const work = workFor(row, world);
  const countMin = concurrency;
  const countMax =
    work.kind === 'push' ? Math.max(countMin, Math.floor(world.sizes.pushedBytesMax / work.sizeBytes)) : countlessMax;
  return { host, port, headers, work, concurrency, durationMs, countMin, countMax };
}

/** Reads end when their time is over. */
const countlessMax = Number.MAX_SAFE_INTEGER;

function workFor({ name }: RegistryRow, { content, sizes }: World): LoadWork {
  const { repository, tag, manifest } = content;
  const wanted = registryCases[name];
  switch (wanted.kind) {
    case 'manifest': {
      const path = `/v2/${repository}/manifests/${wanted.by === 'tag' ? tag : manifest.descriptor.digest}`;
      return {
        kind: 'read',
        method: wanted.method,
        path,
        accept: manifest.descriptor.mediaType,
        sizeBytes: manifest.bytes.length,
      };
    }
    case 'blob': {
      const { digest, size } = content[wanted.size].descriptor;
      const path = `/v2/${repository}/blobs/${digest}`;
      return { kind: 'read', method: 'GET', path, accept: 'application/octet-stream', sizeBytes: size };
    }
    case 'push':
      return { kind: 'push', repository, sizeBytes: sizes.bytes[wanted.size] };
  }
}
