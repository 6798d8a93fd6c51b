/** Opening a registry: where it listens, and that one which cannot be opened leaves nothing behind. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccessDirectory } from '../../registry/access/access-directory.ts';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import type { RegistryEvent } from '../../registry/registry-event.ts';
import { defaultRegistrySettings } from '../../registry/registry-settings.ts';
import { openRegistry } from '../../registry/server.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

let neighbour: RegistryUnderTest;
let access: AccessDirectory;
let dataDirectory: string;

beforeAll(async () => {
  neighbour = await openRegistryUnderTest();
  dataDirectory = join(neighbour.directory, 'other');
  access = await openAccessDirectory({
    ...{ file: join(neighbour.directory, 'other.json'), htpasswd: undefined, now: Date.now, onEvent: () => {} },
  });
});

afterAll(async () => {
  await access.close();
  await neighbour.close();
});

function open(
  port: number,
  events: RegistryEvent[],
  tls?: { certFile: string; keyFile: string },
  host: string = '127.0.0.1',
) {
  const collect = { ...defaultRegistrySettings.collect, everyMs: 2 };
  return openRegistry({
    ...{ dataDirectory, host, port, access, now: Date.now, uptime: () => performance.now() },
    settings: { collect, ...(tls === undefined ? {} : { tls }) },
    onEvent: (event) => events.push(event),
  });
}

test.each([
  ['its port is taken', 'PORT_TAKEN', () => open(neighbour.port, failedEvents)],
  [
    'its certificate cannot be read',
    'TLS_CERTIFICATE_INVALID',
    () => open(0, failedEvents, { certFile: join(dataDirectory, 'absent'), keyFile: join(dataDirectory, 'absent') }),
  ],
])(
  'a registry that does not open because %s collects nothing behind the next one’s back',
  async (_, code, openInVain) => {
    await expect(openInVain()).rejects.toMatchObject({ code });
    const before = failedEvents.length;
    const events: RegistryEvent[] = [];
    const registry = await open(0, events);
    await expect.poll(() => events.filter(({ kind }) => kind === 'collected').length).toBeGreaterThan(5);
    await registry.close();
    expect(failedEvents.slice(before)).toEqual([]);
  },
);

test('a registry on localhost listens on 127.0.0.1 alone, whatever else has the name', async () => {
  // The object that Node and Fastify look names up with, not a copy of it.
  const dns = process.getBuiltinModule('node:dns');
  const { lookup } = dns;
  const both = ['127.0.0.1', '::1'].map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  function lookupBoth(...asked: readonly unknown[]): void {
    const found = asked.at(-1);
    if (asked[0] === 'localhost' && typeof found === 'function') found(null, both);
    else Reflect.apply(lookup, dns, asked);
  }
  Object.assign(dns, { lookup: lookupBoth });
  const registry = await open(0, [], undefined, 'localhost').finally(() => Object.assign(dns, { lookup }));
  expect(await outcomeOf('127.0.0.1', registry.port)).toBe('connected');
  expect(await outcomeOf('::1', registry.port)).not.toBe('connected');
  await registry.close();
});

function outcomeOf(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve('connected'));
    socket.on('error', ({ message }) => resolve(message)).on('connect', () => socket.destroy());
  });
}

const failedEvents: RegistryEvent[] = [];
