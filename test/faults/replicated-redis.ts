/** A Redis with a replica that a test cuts off: when the primary dies, the replica takes its place with what it has. */
import { Redis } from 'ioredis';
import { waitUntil } from '../e2e/wait-until.ts';
import { openScratchRedis, type ScratchRedis } from '../service/redis/scratch-redis.ts';
import { openTcpSwitch } from './tcp-switch.ts';

export interface ReplicatedRedis {
  /** Leads to whoever is the primary. */
  readonly url: string;
  /** Waits until the replica has everything that was acknowledged so far, then cuts it off: it falls behind. */
  cut(): Promise<void>;
  /** The primary dies. The replica takes its place, and everybody's connections break. */
  failOver(): Promise<void>;
  /** Whoever is the primary dies, and one that is empty takes its place. */
  startAnew(): Promise<void>;
  close(): Promise<void>;
}

/** How long the replica may take to have everything. */
const replicationMsMax = 20_000;

/** Starts both, and waits until the replica follows. */
export async function openReplicatedRedis(): Promise<ReplicatedRedis> {
  const primary = await openScratchRedis(['repl-diskless-sync-delay 0']);
  const replica = await openScratchRedis([`replicaof 127.0.0.1 ${primary.port}`]);
  const servers: ScratchRedis[] = [primary, replica];
  const way = await openTcpSwitch(primary.port);
  const [told, behind] = [new Redis(primary.url), new Redis(replica.url)];
  for (const connection of [told, behind]) connection.on('error', () => undefined);
  await waitUntil('the replica follows', async () =>
    (await behind.info('replication')).includes('master_link_status:up'),
  );
  const takeOver = async (next: ScratchRedis) => {
    for (const server of servers.splice(0)) if (server !== next) await server.close();
    servers.push(next);
    way.turn(next.port);
  };
  return {
    url: `redis://127.0.0.1:${way.port}`,
    cut: async () => {
      // WAIT is about the connection's own last write, behind which everything lies that came before it.
      await told.set('test:mark', '1');
      if ((await told.wait(1, replicationMsMax)) !== 1) throw new Error('the replica does not follow');
      await behind.replicaof('NO', 'ONE');
    },
    failOver: async () => {
      told.disconnect();
      await takeOver(replica);
    },
    startAnew: async () => takeOver(await openScratchRedis()),
    close: async () => {
      for (const connection of [told, behind]) connection.disconnect();
      await way.close();
      for (const server of servers) await server.close();
    },
  };
}
