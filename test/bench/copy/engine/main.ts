/** A process that has loaded the engine and copied once, copies when it is told to, and tells what that alone cost. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import process from 'node:process';
import { openRegistryClient, type RegistryClient } from '../../../../oci/client/registry-client.ts';
import { copy } from '../../../../oci/copy/copy.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import type { EngineAnswer, EngineOrder } from '../engine-run.ts';
import { type ProfileLine, profileLines } from './profile-lines.ts';
import { warmUp } from './warm-up.ts';

/** Looked at so often that no peak is missed that lasts. */
const lookEveryMs = 20;

const listening = once(process, 'message');
await warmUp();
process.send?.('ready');
const [order]: readonly EngineOrder[] = await listening;
if (order === undefined) throw new Error('nothing to copy');
process.send?.(await answerTo(order));
process.disconnect();

async function answerTo(asked: EngineOrder): Promise<EngineAnswer> {
  const work = () => copyOnce(asked);
  switch (asked.telling) {
    case 'cost':
      return { cost: await costOf(work) };
    case 'profile':
      return { profile: await profileOf(work) };
    case 'memory':
      return { memory: await memoryOf(work) };
  }
}

async function copyOnce({ source, target }: EngineOrder): Promise<void> {
  const clients = new Map<string, RegistryClient>();
  const repository = (url: string, name: string) => {
    const client = clients.get(url) ?? openRegistryClient({ url });
    clients.set(url, client);
    return client.repository(parseRepositoryName(name));
  };
  const from = repository(source.url, source.repository);
  const to = repository(target.url, target.repository);
  await copy(from, parseTag(source.tag), to, [parseTag(target.tag)]);
  await Promise.all([...clients.values()].map((client) => client.close()));
}

async function costOf(work: () => Promise<void>) {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  await work();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000, peakMiB: readPeakMiB() };
}

/** Most memory this program had: getrusage would tell that of its parent as well, as it was when this one was started. */
function readPeakMiB(): number {
  const [, peakKib = ''] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(peakKib) / 1024;
}

async function memoryOf(work: () => Promise<void>): Promise<NodeJS.MemoryUsage> {
  let peak = process.memoryUsage();
  const looking = setInterval(() => {
    const now = process.memoryUsage();
    if (now.rss > peak.rss) peak = now;
  }, lookEveryMs);
  await work();
  clearInterval(looking);
  return peak;
}

async function profileOf(work: () => Promise<void>): Promise<readonly ProfileLine[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profileLines(profile);
}
