/** The event stream of a real service over HTTP: a promotion from its request to its end, resumed where a reader was. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type EventView, eventViewSchema } from '../../api/event.ts';
import { type PromotionView, promotionViewSchema, type Submitted } from '../../api/promotion.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';
import { type EventReader, openEventReader } from '../service/http/event-reader.ts';
import { openServed, type Served } from './served.ts';
import { waitUntil } from './wait-until.ts';

const versions = ['1.0.0', '1.1.0', '1.2.0'];

let served: Served;
const readers: EventReader[] = [];

beforeAll(async () => {
  served = await openServed();
  const credentials = async () => ({ username: 'admin', password: served.token });
  const client = openRegistryClient({ url: served.registryUrl, credentials });
  const repository = client.repository(parseRepositoryName('dev/web'));
  for (const version of versions) {
    const layer = layerOf(version);
    const { manifest, config } = imageOf(JSON.stringify({ version }), [layer.descriptor]);
    await pushAll(repository, [layer, config]);
    await repository.pushTag(parseTag(version), manifest);
  }
  await client.close();
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.leave();
});
afterAll(() => served?.close());

async function openReader(path: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const authorization = `Bearer ${served.token}`;
  const reader = await openEventReader(new URL(path, served.apiUrl).href, { authorization, ...headers });
  readers.push(reader);
  return reader;
}

/** What a reader was given so far, as its schema says. */
function eventsOf(reader: EventReader): readonly EventView[] {
  const messages = reader.messages.filter(({ id }) => id !== undefined);
  return messages.map(({ id, event, data }) => eventViewSchema.parse({ id, type: event, payload: JSON.parse(data) }));
}

function eventsOfPromotion(events: readonly EventView[], id: string): readonly EventView[] {
  return events.filter(({ payload }) => 'id' in payload && payload.id === id);
}

/** Types at their first appearance, without reports of progress: at-least-once may repeat one. */
function firstTypes(events: readonly EventView[]): readonly string[] {
  return [...new Set(events.map(({ type }) => type))].filter((type) => type !== 'promotion.progressed');
}

async function submit(version: string): Promise<string> {
  const { status, body } = await served.api('POST', '/api/v1/apps/web/environments/staging/promotions', { version });
  expect(status).toBe(202);
  return (body as unknown as Submitted).promotion?.id ?? '';
}

/** The end of the version's promotion to staging, once the reader was told. */
function untilFinished(reader: EventReader, version: string): Promise<PromotionView> {
  return waitUntil(`the end of ${version} is told`, async () => {
    const ends = eventsOf(reader).filter(({ type }) => type === 'promotion.finished');
    const views = ends.map(({ payload }) => promotionViewSchema.parse(payload));
    return views.find((end) => end.version === version && end.environment === 'staging');
  });
}

/** As the service's own note of it has it. */
async function redisServerPid(): Promise<number> {
  const note = join(served.directory, '.registry-action', 'redis', 'running.json');
  return Number(JSON.parse(await readFile(note, 'utf8')).pid);
}

const lifetime = ['promotion.requested', 'promotion.started', 'promotion.moved', 'promotion.finished'];

test('a reader sees a promotion from its request to its end, and resumes behind the event it names', async () => {
  const reader = await openReader('/api/v1/events?since=0');
  const id = await submit('1.0.0');
  expect(await untilFinished(reader, '1.0.0')).toMatchObject({ id, state: 'promoted', number: 1 });
  const own = eventsOfPromotion(eventsOf(reader), id);
  expect(firstTypes(own)).toEqual(lifetime);

  const started = own.find(({ type }) => type === 'promotion.started')?.id ?? '';
  const resumed = await openReader('/api/v1/events', { 'last-event-id': started });
  await waitUntil('both were told the same', async () => eventsOf(resumed).at(-1)?.id === eventsOf(reader).at(-1)?.id);
  const all = eventsOf(reader).map((event) => event.id);
  const behind = all.slice(all.indexOf(started) + 1);
  const rest = eventsOf(resumed).map((event) => event.id);
  expect(rest.slice(0, behind.length)).toEqual(behind);
  expect(resumed.messages.map(({ event }) => event)).not.toContain('resync');

  // The header wins: a browser that comes back keeps the address.
  const browser = await openReader('/api/v1/events?since=0', { 'last-event-id': started });
  await untilFinished(browser, '1.0.0');
  expect(eventsOf(browser)[0]?.id).toBe(rest[0]);
});

test('a reader that names no place is told of what happens from then on', async () => {
  const whole = await openReader('/api/v1/events?since=0');
  await untilFinished(whole, '1.0.0');
  const known = eventsOf(whole).map((event) => event.id);
  const fresh = await openReader('/api/v1/events');
  const id = await submit('1.1.0');
  await untilFinished(fresh, '1.1.0');
  expect(eventsOf(fresh).filter((event) => known.includes(event.id))).toEqual([]);
  expect(firstTypes(eventsOfPromotion(eventsOf(fresh), id))).toEqual(lifetime);
});

test('a reader that comes back after Redis was killed misses nothing of what happened meanwhile', async () => {
  const reader = await openReader('/api/v1/events?since=0');
  const known = await waitUntil('some event', async () => eventsOf(reader).at(-1)?.id);
  process.kill(await redisServerPid(), 'SIGKILL');
  // The answer to a promotion that was accepted may have been lost.
  const body = { version: '1.2.0' };
  await waitUntil('the service takes a promotion again', async () => {
    const { status } = await served.api('POST', '/api/v1/apps/web/environments/staging/promotions', body);
    return status === 202 || status === 200;
  });
  const resumed = await waitUntil('the stream is open again', async () => {
    const next = await openReader('/api/v1/events', { 'last-event-id': known });
    return next.status === 200 && next;
  });
  const { id } = await untilFinished(resumed, '1.2.0');
  expect(firstTypes(eventsOfPromotion(eventsOf(resumed), id))).toEqual(lifetime);
  expect(resumed.messages.map(({ event }) => event)).not.toContain('resync');
});
