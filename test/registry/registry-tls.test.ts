/** What is left for our neighbours of the certificate that is shown, where the disk takes no writes for a while. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { RegistryEvent } from '../../registry/registry-event.ts';
import { defaultRegistryLimits } from '../../registry/registry-limits.ts';
import { openRegistryTls } from '../../registry/registry-tls.ts';
import { servedCertificatePath } from '../../registry/served-certificate.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { openAuthority } from '../oci/client/certificates.ts';
import { temporaryDirectory } from './registry-under-test.ts';

const authority = openAuthority();
const [first, second] = [authority.issue('IP:127.0.0.1'), authority.issue('IP:127.0.0.1')];
afterAll(() => authority.close());

let directory: string;
let isFull: boolean;
let events: RegistryEvent[];

beforeEach(async () => {
  [directory, isFull, events] = [await temporaryDirectory(), true, []];
});
afterEach(() => rm(directory, { recursive: true }));

const files = () => ({ certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') });

async function place({ cert, key }: { readonly cert: string; readonly key: string }): Promise<void> {
  await writeFile(files().keyFile, key);
  await writeFile(files().certFile, cert);
}

function open(tls: ReturnType<typeof files> | undefined) {
  return openRegistryTls({
    dataDirectory: directory,
    async own() {
      if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    },
    settings: { tls, url: undefined },
    limits: { ...defaultRegistryLimits, certificateLookMs: 5 },
    connectionsCheckMs: 1_000,
    onEvent: (event) => events.push(event),
    now: Date.now,
  });
}

/** What is left, each certificate without the spaces around it. */
async function left(): Promise<readonly string[] | undefined> {
  const text = await readFile(servedCertificatePath(directory), 'utf8').catch(() => undefined);
  return text?.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? undefined;
}

test('a certificate is shown, and its successor, and the last one is left when the disk takes it', async () => {
  await place(first);
  const tls = await open(files());
  await place(second);
  const loaded = async () => events.filter(({ kind }) => kind === 'certificate-loaded').length === 2;
  await waitUntil('the second certificate is shown', loaded);
  expect(await left()).toBeUndefined();
  isFull = false;
  await waitUntil('it is left', async () => (await left()) !== undefined);
  tls?.close();
  expect(await left()).toEqual([second.cert.trim().match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/)?.[0]]);
});

test('without TLS what an earlier registry left stays where it cannot be removed', async () => {
  await writeFile(servedCertificatePath(directory), first.cert);
  expect(await open(undefined)).toBeUndefined();
  expect(await left()).toHaveLength(1);
  isFull = false;
  expect(await open(undefined)).toBeUndefined();
  expect(await left()).toBeUndefined();
});

test('another fault than a disk without room is one', async () => {
  await place(first);
  const refused = openRegistryTls({
    ...{ dataDirectory: join(directory, 'absent'), own: async () => {}, settings: { tls: files(), url: undefined } },
    ...{ limits: defaultRegistryLimits, connectionsCheckMs: 1_000, onEvent: () => {}, now: Date.now },
  });
  await expect(refused).rejects.toThrow('ENOENT');
});
