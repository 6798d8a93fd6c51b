/**
 * The service and the command line beside a registry with TLS: they know its certificate, whoever signed it and whatever
 * name it is for, and go on when it is renewed.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openLayout } from '../../../oci/store/layout.ts';
import { type KeyPair, openAuthority } from '../../oci/client/certificates.ts';
import { imageOf, layerOf, pushAll } from '../../oci/content.ts';
import { openScratchDirectory, type ScratchDirectory } from '../scratch-directory.ts';
import { openServed, type Served } from '../served.ts';
import { waitUntil } from '../wait-until.ts';

const authority = openAuthority();
const another = openAuthority();
let scratch: ScratchDirectory;
let served: Served;

const path = (name: string) => join(scratch.path, name);

async function place({ cert, key }: KeyPair): Promise<void> {
  for (const [name, text] of [
    ['cert.pem', cert],
    ['key.pem', key],
  ] as const) {
    await writeFile(path(`${name}.new`), text);
    await rename(path(`${name}.new`), path(name));
  }
}

beforeAll(async () => {
  scratch = await openScratchDirectory('tls-service');
  await place(authority.issue('DNS:registry.example.com'));
  served = await openServed({
    words: ['--tls-cert', path('cert.pem'), '--tls-key', path('key.pem'), '--url', 'https://registry.example.com'],
  });
});

afterAll(async () => {
  await served?.close();
  await scratch?.close();
  authority.close();
  another.close();
});

/** Pushes a version with the command line alone, and promotes it. */
async function release(version: string): Promise<void> {
  const layout = await openLayout(path('layout'));
  const layer = layerOf(version);
  const { manifest, config } = imageOf('{}', [layer.descriptor]);
  await pushAll(layout, [layer, config, manifest]);
  await layout.pushTag(parseTag(version), manifest);
  await served.cliJson(['copy', `oci:${path('layout')}:${version}`, `${served.registryHost}/dev/web:${version}`]);
  await served.cliJson(['promote', 'web', 'staging', '--version', version, '--yes']);
}

test('its address is https, and doctor finds no problem', async () => {
  expect(served.registryUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await served.cliJson(['doctor'])).toMatchObject({ ok: true });
});

test('a version is pushed, promoted and listed', async () => {
  await release('1.0.0');
  const { tags } = await served.cliJson(['tags', `${served.registryHost}/staging/web`]);
  expect(tags).toContainEqual(expect.objectContaining({ tag: '1.0.0' }));
});

test('verbs that ask the registry itself reach it', async () => {
  const pulls = await served.cli(['registry', 'pulls', 'staging/web', '--json']);
  expect([pulls.code, pulls.stderr]).toEqual([0, '']);
});

test('a certificate of another authority is taken without a restart, by the registry and by all who belong to it', async () => {
  await place(another.issue('DNS:elsewhere.example.com'));
  const { port } = new URL(served.registryUrl);
  await waitUntil('the new certificate is shown', async () => (await issuerAt(Number(port))) === another.ca);
  await release('1.1.0');
  expect(await served.cliJson(['doctor'])).toMatchObject({ ok: true });
  const { tags } = await served.cliJson(['tags', `${served.registryHost}/staging/web`]);
  expect(tags).toContainEqual(expect.objectContaining({ tag: '1.1.0' }));
});

/** The PEM of the authority that signed what is shown, of the two that there are. */
function issuerAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ca: another.ca, checkServerIdentity: () => undefined }, () => {
      socket.destroy();
      resolve(another.ca);
    });
    socket.once('error', () => resolve(undefined));
  });
}
