/** How verbs find the registry that is served on this machine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readServedRegistry } from '../../cli/served-registry.ts';
import { writeServiceAddress } from '../../cli/service-address.ts';

let data = '';
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'served-'));
});
afterAll(() => rm(data, { recursive: true }));

async function leave(registryUrl: string | undefined, registryCertificateFile?: string) {
  await writeServiceAddress(data, { registryUrl, registryCertificateFile });
  return readServedRegistry(data);
}

it('one with TLS is spoken to by TLS, by whichever name of this machine', async () => {
  const served = await leave('https://127.0.0.1:7421', join(data, 'own.pem'));
  await writeFile(join(data, 'own.pem'), 'PEM');
  for (const host of ['127.0.0.1:7421', 'localhost:7421', '[::1]:7421']) {
    expect(served.schemeOf(host)).toBe('https:');
    expect(await served.pinnedOf(`https://${host}`)?.()).toBe('PEM');
  }
});

it('what is elsewhere is not trusted by its certificate', async () => {
  const served = await leave('https://127.0.0.1:7421', join(data, 'own.pem'));
  for (const host of ['127.0.0.1:7422', 'registry.example.com:7421', '127.0.0.1']) {
    expect(served.schemeOf(host)).toBeUndefined();
    expect(served.pinnedOf(`https://${host}`)).toBeUndefined();
  }
});

it('one without TLS is spoken to without', async () => {
  const served = await leave('http://127.0.0.1:7421');
  expect(served.schemeOf('127.0.0.1:7421')).toBe('http:');
  expect(served.pinnedOf('https://127.0.0.1:7421')).toBeUndefined();
});

it('where none is served, nothing is known', async () => {
  const served = await leave(undefined);
  expect([served.url, served.schemeOf('127.0.0.1:7421'), served.pinnedOf('https://127.0.0.1:7421')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
