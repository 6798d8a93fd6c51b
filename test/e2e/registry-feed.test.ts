/** `serve` whose sweeper comes round once in a quarter of an hour: what is seen sooner, the registry's events have told. */

import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openAuthority } from '../oci/client/certificates.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';
import { openScratchDirectory } from './scratch-directory.ts';
import { openServed, type Served } from './served.ts';
import { waitUntil } from './wait-until.ts';

const authority = openAuthority();
afterAll(() => authority.close());

const env = { REGISTRY_ACTION_SWEEP_MS: '900000' };

/** What `/metrics` of the registry says, from this machine. */
async function metricsOf({ registryUrl }: Served): Promise<string> {
  const url = new URL('/metrics', registryUrl);
  if (url.protocol === 'http:') return (await fetch(url)).text();
  return new Promise((resolve, reject) => {
    const asking = request(url, { ca: authority.ca }, async (response) => {
      resolve((await Array.fromAsync(response)).join(''));
    });
    asking.on('error', reject);
    asking.end();
  });
}

async function push(served: Served, tag: string): Promise<string> {
  const credentials = async () => ({ username: 'admin', password: served.token });
  const client = openRegistryClient({ url: served.registryUrl, credentials, ca: authority.ca });
  const repository = client.repository(parseRepositoryName('dev/web'));
  const layer = layerOf(tag);
  const { manifest, config } = imageOf(JSON.stringify({ tag }), [layer.descriptor]);
  await pushAll(repository, [layer, config]);
  await repository.pushTag(parseTag(tag), manifest);
  await client.close();
  return manifest.descriptor.digest;
}

async function devOf(served: Served): Promise<string> {
  const { body } = await served.api('GET', '/api/v1/status');
  return JSON.stringify(body);
}

/** The first environment runs what was pushed, though nobody sweeps. */
async function expectFollowed(served: Served): Promise<void> {
  await waitUntil('somebody follows', async () => /registry_followers 1\n/.test(await metricsOf(served)));
  const digest = await push(served, '1.0.0');
  await waitUntil('dev has it', async () => (await devOf(served)).includes(digest));
}

test('a release is in the first environment as soon as it is pushed', async () => {
  const served = await openServed({ env });
  onTestFinished(() => served.close());
  await expectFollowed(served);
  const text = await metricsOf(served);
  expect(Number(/route="admin",status="200"} (\d+)/.exec(text)?.[1] ?? 0)).toBeLessThan(100);
});

test('a release is followed behind TLS as well, and its bytes are counted', async () => {
  const scratch = await openScratchDirectory('registry-feed');
  onTestFinished(() => scratch.close());
  const pair = authority.issue('IP:127.0.0.1');
  const [certFile, keyFile] = [join(scratch.path, 'cert.pem'), join(scratch.path, 'key.pem')];
  await writeFile(certFile, pair.cert);
  await writeFile(keyFile, pair.key);
  const served = await openServed({ env, words: ['--tls-cert', certFile, '--tls-key', keyFile] });
  onTestFinished(() => served.close());
  expect(served.registryUrl).toMatch(/^https:/);
  await expectFollowed(served);
  const text = await metricsOf(served);
  const bytes = (direction: string) =>
    Number(new RegExp(`network_bytes_total\\{direction="${direction}"\\} (\\d+)`).exec(text)?.[1]);
  expect(bytes('in')).toBeGreaterThan(1_000);
  expect(bytes('out')).toBeGreaterThan(1_000);
});
