/** The registry behind TLS: what it shows, whom it lets shake hands, and how a certificate is renewed under it. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { renameSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { get, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RegistrySettings } from '../../registry/registry-settings.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { openAuthority } from '../oci/client/certificates.ts';
import { basic, openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from './registry-under-test.ts';

const authority = openAuthority();
afterAll(() => authority.close());

let directory: string;
let registry: RegistryUnderTest | undefined;
const certFile = () => join(directory, 'cert.pem');
const keyFile = () => join(directory, 'key.pem');

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await registry?.close();
  registry = undefined;
  await rm(directory, { recursive: true });
});

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Of two days, as all that this authority issues. */
const first = authority.issue('IP:127.0.0.1');
const second = authority.issue('IP:127.0.0.1');

/** What looks like the next certificate of a chain. */
const noCertificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

/** A key of 1024 bits and its certificate, in one text. */
const short = execFileSync(
  'openssl',
  ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=short', '-keyout', '-', '-out', '-'],
  { encoding: 'utf8', stdio: 'pipe' },
);

/** Both at once: who looks twice in a row and finds the one without the other is right to complain. */
async function place({ cert, key }: Pair): Promise<void> {
  await writeFile(`${certFile()}.new`, cert);
  await writeFile(`${keyFile()}.new`, key);
  for (const path of [certFile(), keyFile()]) renameSync(`${path}.new`, path);
}

/** Looks at its certificate all the time. */
const limits = { certificateLookMs: 5, closeGraceMs: 50 };

async function open(pair: Pair = first, now: () => number = Date.now): Promise<RegistryUnderTest> {
  await place(pair);
  registry = await openRegistryUnderTest({
    directory,
    limits,
    now,
    settings: { tls: { certFile: certFile(), keyFile: keyFile() } },
  });
  return registry;
}

/** Waits for requests that are under way longer than any test does. */
async function openPatient(settings: Partial<RegistrySettings>): Promise<RegistryUnderTest> {
  await place(first);
  return openRegistryUnderTest({ directory, limits: { closeGraceMs: 3_600_000 }, settings });
}

function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, ...options }, () => resolve(socket));
    socket.once('error', reject);
  });
}

async function shown(port: number): Promise<string> {
  const socket = await handshake(port);
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return String(certificate?.fingerprint256);
}

function ask(port: number, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers, ca: authority.ca, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}

function read(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, ca: authority.ca, agent: false }, async (answer) => {
      resolve(Buffer.concat(await answer.toArray()).toString());
    }).once('error', reject);
  });
}

const fingerprintOf = ({ cert }: Pair) => new X509Certificate(cert).fingerprint256;

describe('a registry with a certificate', () => {
  test('answers over TLS, and says so in its address', async () => {
    const { port, url, tokens } = await open();
    expect(url).toBe(`https://127.0.0.1:${port}`);
    expect(await ask(port, '/v2/', basic('x', tokens.viewer))).toBe(200);
    expect(await ask(port, '/v2/', {})).toBe(401);
    expect(await ask(port, '/livez', {})).toBe(200);
  });

  test('speaks TLS 1.3 and 1.2, and nothing older', async () => {
    const { port } = await open();
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      const socket = await handshake(port, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await expect(handshake(port, old)).rejects.toMatchObject({ code: expect.stringMatching(/VERSION|PROTOCOL/) });
  });

  test.each(['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-CCM'])(
    'does not agree on %s',
    async (ciphers) => {
      const { port } = await open();
      await expect(handshake(port, { maxVersion: 'TLSv1.2', ciphers })).rejects.toMatchObject({
        code: expect.stringContaining('HANDSHAKE_FAILURE'),
      });
    },
  );

  test('tells a client that speaks plain HTTP what to do, and stays for the others', async () => {
    const { port } = await open();
    const socket = connectPlain(port, '127.0.0.1');
    socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
    let received = '';
    for await (const chunk of socket) received += chunk;
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(body)).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
    expect(await shown(port)).toBe(fingerprintOf(first));
  });

  test('closes though connections are open on which nobody has said anything', async () => {
    const { port } = await open();
    const socket = connectPlain(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) =>
      socket
        .once('close', resolve)
        .on('error', () => undefined)
        .resume(),
    );
    await registry?.close();
    registry = undefined;
    await ended;
  });

  test('closes at once though somebody has shaken hands and asked for nothing', async () => {
    registry = await openPatient({ tls: { certFile: certFile(), keyFile: keyFile() } });
    const socket = await handshake(registry.port);
    const ended = new Promise((resolve) => socket.once('close', resolve).resume());
    await registry.close();
    registry = undefined;
    await ended;
  });

  test('leaves its certificate, without the chain, where its neighbours look, for its owner alone', async () => {
    await open({ ...first, cert: first.cert + authority.ca });
    const path = join(directory, 'registry', 'served-certificate.pem');
    expect((await readFile(path, 'utf8')).trim()).toBe(first.cert.trim());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('takes that away when it speaks plain HTTP again', async () => {
    await open();
    await registry?.close();
    registry = await openRegistryUnderTest({ directory });
    await expect(stat(join(directory, 'registry', 'served-certificate.pem'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the end of a certificate', () => {
  const dayMs = 24 * 60 * 60 * 1000;

  test.each([
    ['is told when it is near', 0, 1],
    ['is told when it is over', 3 * dayMs, 1],
    ['is not told when it is more than two weeks away', -13 * dayMs, 0],
  ])('%s', async (_, fromNowMs, times) => {
    const { events } = await open(first, () => Date.now() + fromNowMs);
    const validUntil = new X509Certificate(first.cert).validToDate.getTime();
    const told = events.filter(({ kind }) => kind === 'certificate-ending');
    expect(told).toEqual(Array.from({ length: times }, () => ({ kind: 'certificate-ending', validUntil })));
  });
});

describe('a certificate that is not for the host by which clients call the registry', () => {
  test.each([
    ['https://registry.example.com', ['registry.example.com']],
    ['https://[2001:db8::7]:5000', ['[2001:db8::7]']],
    ['https://127.0.0.1:5000', []],
    ['http://registry.example.com', []],
    [undefined, []],
  ])('is told of where that is %s: %j', async (url, hosts) => {
    await place(first);
    const tls = { certFile: certFile(), keyFile: keyFile() };
    registry = await openRegistryUnderTest({ directory, limits, settings: { tls, url } });
    const told = registry.events.filter(({ kind }) => kind === 'certificate-misnamed');
    expect(told).toEqual(hosts.map((host) => ({ kind: 'certificate-misnamed', host })));
  });
});

describe('a certificate that is renewed', () => {
  test('is shown to whoever comes next; connections that are open stay', async () => {
    const { port, events, tokens } = await open();
    const open0 = await handshake(port);
    await place(second);
    await waitUntil('the new one is shown', async () => (await shown(port)) === fingerprintOf(second));
    expect(events.filter(({ kind }) => kind === 'certificate-loaded')).toHaveLength(2);
    expect(events.filter(({ kind }) => kind === 'certificate-refused')).toEqual([]);
    const endsAt = new X509Certificate(second.cert).validToDate.getTime() / 1_000;
    const metric = `registry_action_registry_certificate_ends_seconds ${endsAt}\n`;
    expect(await read(port, '/metrics')).toContain(metric);

    const { authorization } = basic('x', tokens.viewer);
    open0.write(`GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`);
    let received = '';
    for await (const chunk of open0) received += chunk;
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    // Its neighbours may still meet the one from before.
    const left = await readFile(join(directory, 'registry', 'served-certificate.pem'), 'utf8');
    expect(left).toBe(`${second.cert.trim()}\n${first.cert.trim()}\n`);
  });

  const broken: [string, () => Pair][] = [
    ['with the key of another', () => ({ cert: second.cert, key: first.key })],
    ['that is no PEM', () => ({ cert: 'certificate', key: second.key })],
    ['whose key is no PEM', () => ({ cert: second.cert, key: 'key' })],
    ['that is cut off', () => ({ cert: second.cert.slice(0, 200), key: second.key })],
    ['with a chain that is none', () => ({ cert: second.cert + noCertificate, key: second.key })],
  ];

  test.each(broken)('%s is refused once, and the one from before stays until a good one comes', async (_, pair) => {
    const { port, events } = await open();
    const refused = () => events.filter(({ kind }) => kind === 'certificate-refused');
    await place(pair());
    await waitUntil('it is refused', async () => refused().length > 0);
    expect(refused()).toMatchObject([{ code: 'TLS_CERTIFICATE_INVALID' }]);
    expect(await shown(port)).toBe(fingerprintOf(first));
    await place(second);
    await waitUntil('the new one is shown', async () => (await shown(port)) === fingerprintOf(second));
    expect(refused()).toHaveLength(1);
  });

  test('is refused once when it cannot be left for the neighbours, and used as soon as it can', async () => {
    const { port, events } = await open();
    const refused = () => events.filter(({ kind }) => kind === 'certificate-refused');
    // In the place of the file, and not empty: nothing can be renamed over it.
    const left = join(directory, 'registry', 'served-certificate.pem');
    await rm(left);
    await mkdir(join(left, 'in-the-way'), { recursive: true });
    await place(second);
    await waitUntil('it is refused', async () => refused().length > 0);
    expect(refused()).toMatchObject([{ message: expect.stringContaining('certificate cannot be taken into use') }]);
    expect(await shown(port)).toBe(fingerprintOf(first));
    await rm(left, { recursive: true });
    await waitUntil('the new one is shown', async () => (await shown(port)) === fingerprintOf(second));
    expect(refused()).toHaveLength(1);
  });

  test('that is away for a while changes nothing', async () => {
    const { port, events } = await open();
    await rm(certFile());
    await waitUntil('it is refused', async () => events.some(({ kind }) => kind === 'certificate-refused'));
    expect(await shown(port)).toBe(fingerprintOf(first));
  });
});

describe('a registry whose certificate cannot be used does not start', () => {
  const wrong: [string, Pair][] = [
    ['the key is of another', { cert: first.cert, key: second.key }],
    ['there is no certificate in the file', { cert: '', key: first.key }],
    ['the key is the certificate', { cert: first.cert, key: first.cert }],
    ['the chain is none', { cert: first.cert + noCertificate, key: first.key }],
    ['the key is shorter than TLS has it', { cert: short, key: short }],
  ];

  test.each(wrong)('%s', async (_, pair) => {
    await expect(open(pair)).rejects.toMatchObject({ code: 'TLS_CERTIFICATE_INVALID' });
    // What it had taken into use, it has given back.
    registry = await openRegistryUnderTest({ directory });
  });

  test('a file is not there', async () => {
    const settings = { tls: { certFile: certFile(), keyFile: keyFile() } };
    await expect(openRegistryUnderTest({ directory, settings })).rejects.toMatchObject({
      code: 'TLS_CERTIFICATE_INVALID',
      message: `certificate cannot be read: ${certFile()} (ENOENT)`,
    });
  });

  test('and says nothing of the key', async () => {
    const error: unknown = await open({
      cert: first.cert,
      key: `${first.key.slice(0, 60)}!${first.key.slice(61)}`,
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TLS_CERTIFICATE_INVALID' });
    expect(JSON.stringify(error)).not.toContain(first.key.slice(40, 60));
  });
});
