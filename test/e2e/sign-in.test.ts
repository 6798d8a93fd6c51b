/** Signing in to a real registry, with what a real skopeo left: a password for one namespace, behind mutual TLS. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openRegistryClient, type RegistryClientInit } from '../../oci/client/registry-client.ts';
import { authFileCredentials } from '../../oci/client/sign-in/auth-files.ts';
import { readHostCertificates } from '../../oci/client/wire/host-certificates.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { openAuthority } from '../oci/client/certificates.ts';
import { blobOf, errorOf, streamOf, textOf } from '../oci/client/fixture.ts';
import { pickSteadyPort } from '../steady-port.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { waitUntil } from './wait-until.ts';

/** A password and its bcrypt hash, the only kind that distribution takes. */
const password = 'abc123xyz';
const hash = '$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW';

const authority = openAuthority();
let scratch: ScratchDirectory;
let tools: ContainerTools;
let server: ChildProcess | undefined;
let host: string;

/** Where certificates lie by the name of the registry, as for podman and docker. */
const certificates = () => join(scratch.path, 'certs.d');

beforeAll(async () => {
  scratch = await openScratchDirectory('sign-in');
  tools = await openContainerTools(scratch.path);
  host = `127.0.0.1:${await pickSteadyPort()}`;
  const write = async (name: string, content: string) => {
    await mkdir(join(scratch.path, name, '..'), { recursive: true });
    await writeFile(join(scratch.path, name), content);
    return join(scratch.path, name);
  };
  const own = authority.issue('IP:127.0.0.1');
  const client = authority.issue();
  await write(`certs.d/${host}/client.cert`, client.cert);
  await write(`certs.d/${host}/client.key`, client.key);
  const ca = await write(`certs.d/${host}/ca.crt`, authority.ca);
  const tls = { certificate: await write('own.pem', own.cert), key: await write('own.key', own.key), clientcas: [ca] };
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(scratch.path, 'data') } },
    auth: { htpasswd: { realm: 'distribution', path: await write('htpasswd', `ann:${hash}\n`) } },
    http: { addr: host, tls },
  };
  // JSON is YAML.
  server = spawn('docker-registry', ['serve', await write('config.yml', JSON.stringify(config))], { stdio: 'ignore' });
  await waitUntil('distribution answers', async () => (await errorOf(ping())).message.includes('401'));
  const login = ['login', '--cert-dir', join(certificates(), host), '--username', 'ann', '--password-stdin'];
  await tools.run('skopeo', [...login, `${host}/team`], password);
});

afterAll(async () => {
  if (server !== undefined) {
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }
  authority.close();
  await tools?.close();
  await scratch?.close();
});

/** A client with the certificates of the registry, and without credentials unless they are given. */
async function open(init: Partial<RegistryClientInit> = {}) {
  const known = await readHostCertificates([certificates()], host);
  return openRegistryClient({ url: `https://${host}`, ...known, ...init });
}

async function ping(): Promise<void> {
  const client = await open();
  await client.ping().finally(() => client.close());
}

describe('a registry behind mutual TLS, with a password for one namespace', () => {
  const text = 'a layer of some length';
  const { descriptor } = blobOf(text);

  test('takes a blob there, and gives it back', async () => {
    const client = await open({ credentials: authFileCredentials(tools.env) });
    onTestFinished(() => client.close());
    const repository = client.repository(parseRepositoryName('team/app'));
    await repository.pushBlob(descriptor, async () => streamOf(text));
    expect(await textOf(await repository.fetchBlob(descriptor))).toBe(text);
  });

  test('is shown nothing for another one', async () => {
    const entries: unknown = JSON.parse(await readFile(tools.env['REGISTRY_AUTH_FILE'] ?? '', 'utf8'));
    expect(entries).toEqual({ auths: { [`${host}/team`]: { auth: expect.any(String) } } });
    const client = await open({ credentials: authFileCredentials(tools.env) });
    onTestFinished(() => client.close());
    const other = client.repository(parseRepositoryName('teams/app'));
    expect(await errorOf(other.hasBlob(descriptor))).toMatchObject({ code: 'REGISTRY_DENIED', signedIn: false });
  });

  test('says that it wants a certificate to whoever has none', async () => {
    const client = openRegistryClient({ url: `https://${host}`, ca: authority.ca });
    onTestFinished(() => client.close());
    const error = await errorOf(client.ping());
    expect(error).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      wayOut: expect.stringContaining('client certificate'),
    });
  });
});
