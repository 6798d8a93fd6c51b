/** Opening a registry that cannot be opened leaves nothing behind. */
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

function open(port: number, events: RegistryEvent[], tls?: { certFile: string; keyFile: string }) {
  const collect = { ...defaultRegistrySettings.collect, everyMs: 2 };
  return openRegistry({
    ...{ dataDirectory, host: '127.0.0.1', port, access, now: Date.now, uptime: () => performance.now() },
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

const failedEvents: RegistryEvent[] = [];
