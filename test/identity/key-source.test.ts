/** Where keys are read from: the issuer's own host and no other, over TLS one can trust, or a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CodedError } from '../../errors/errors.ts';
import { type KeySource, openKeySource } from '../../identity/key-source.ts';
import { type Authority, openAuthority } from '../oci/client/certificates.ts';
import { type LocalIssuer, openLocalIssuer, sendJson, testAudience } from './local-issuer.ts';

let directory: string;
let authority: Authority;
const open: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identity-keys-'));
  authority = openAuthority();
});
afterAll(async () => {
  authority.close();
  await rm(directory, { recursive: true });
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function openSource(
  issuer: string,
  files: { readonly keysFile?: string; readonly caFile?: string } = {},
): Promise<KeySource> {
  const { keysFile, caFile } = files;
  const source = await openKeySource({ name: 'x', issuer, audience: testAudience, keysFile, caFile }, {});
  open.push(source);
  return source;
}

async function openIssuer(): Promise<LocalIssuer> {
  const issuer = await openLocalIssuer();
  open.push(issuer);
  return issuer;
}

/** The names of the keys that are read, or the code with which reading fails. */
async function outcomeOf(reading: Promise<{ readonly keys: readonly { readonly kid?: string | undefined }[] }>) {
  try {
    return (await reading).keys.map(({ kid }) => kid);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.code;
  }
}

async function writeNamed(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

describe('an issuer', () => {
  test('is asked for its description, and for the keys that it names', async () => {
    const issuer = await openIssuer();
    issuer.answerWith = (path, response) => {
      if (path === '/.well-known/openid-configuration') {
        sendJson(response, { issuer: issuer.url, jwks_uri: `${issuer.url}/elsewhere?v=1` });
        return true;
      }
      if (path === '/elsewhere?v=1') sendJson(response, { keys: issuer.keys });
      return path === '/elsewhere?v=1';
    };
    expect(await outcomeOf((await openSource(issuer.url)).read())).toEqual(['key-1']);
  });

  const descriptions: readonly (readonly [title: string, describe: (issuer: LocalIssuer) => unknown])[] = [
    ['names another issuer', ({ url }) => ({ issuer: `${url}/`, jwks_uri: `${url}/.well-known/jwks` })],
    ['names no issuer', ({ url }) => ({ jwks_uri: `${url}/.well-known/jwks` })],
    ['names no keys', ({ url }) => ({ issuer: url })],
    ['names keys that are no address', ({ url }) => ({ issuer: url, jwks_uri: '/.well-known/jwks' })],
    ['names keys in a file', ({ url }) => ({ issuer: url, jwks_uri: 'file:///etc/passwd' })],
    ['is a list', () => []],
    ['is null', () => null],
    ['is larger than any', ({ url }) => ({ issuer: url, padding: 'x'.repeat(300_000) })],
  ];
  test.each(descriptions)('whose description %s is not believed', async (_, describeIssuer) => {
    const issuer = await openIssuer();
    issuer.answerWith = (path, response) => {
      if (path !== '/.well-known/openid-configuration') return false;
      sendJson(response, describeIssuer(issuer));
      return true;
    };
    expect(await outcomeOf((await openSource(issuer.url)).read())).toBe('IDENTITY_ISSUER_UNREACHABLE');
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration']);
  });

  test('whose description names keys elsewhere is not believed, though they are there', async () => {
    const issuer = await openIssuer();
    const other = await openIssuer();
    const { port } = new URL(issuer.url);
    for (const address of [`${other.url}/.well-known/jwks`, `http://localhost:${port}/.well-known/jwks`]) {
      issuer.answerWith = (path, response) => {
        if (path === '/.well-known/openid-configuration') sendJson(response, { issuer: issuer.url, jwks_uri: address });
        return path === '/.well-known/openid-configuration';
      };
      expect(await outcomeOf((await openSource(issuer.url)).read())).toBe('IDENTITY_ISSUER_UNREACHABLE');
    }
    expect([...issuer.asked, ...other.asked]).not.toContain('/.well-known/jwks');
  });

  test.each([301, 302, 303, 307, 308])('that answers %i is not followed to another host', async (status) => {
    const issuer = await openIssuer();
    const other = await openIssuer();
    for (const path of ['/.well-known/openid-configuration', '/.well-known/jwks']) {
      issuer.answerWith = (asked, response) => {
        if (asked === path) response.writeHead(status, { location: `${other.url}${path}` }).end();
        return asked === path;
      };
      expect(await outcomeOf((await openSource(issuer.url)).read())).toBe('IDENTITY_ISSUER_UNREACHABLE');
    }
    expect(other.asked).toEqual([]);
  });

  const answers: readonly (readonly [status: number, text: string])[] = [
    [200, '<html>sign in</html>'],
    [200, ''],
    [200, '{"keys":{}}'],
    [200, '{"keys":[]}'],
    [200, `{"keys":[${Array(101).fill('{"kty":"EC"}').join()}]}`],
    [404, '{}'],
    [500, ''],
    [503, ''],
  ];
  test.each(answers)('whose keys are answered by %i %j has none', async (status, text) => {
    const issuer = await openIssuer();
    issuer.answerWith = (path, response) => {
      if (path === '/.well-known/jwks') response.writeHead(status).end(text);
      return path === '/.well-known/jwks';
    };
    expect(await outcomeOf((await openSource(issuer.url)).read())).toBe('IDENTITY_ISSUER_UNREACHABLE');
  });

  test('behind an authority of its own is believed with that authority, and not without', async () => {
    const { keys } = await openIssuer();
    const server = createServer(authority.issue('IP:127.0.0.1'), ({ url = '' }, response) => {
      const isDescription = url === '/.well-known/openid-configuration';
      sendJson(response, isDescription ? { issuer: origin(), jwks_uri: `${origin()}/jwks` } : { keys });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = () => {
      const address = server.address();
      return `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    };
    open.push({
      close: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    });
    const caFile = await writeNamed('ca.pem', authority.ca);
    expect(await outcomeOf((await openSource(origin(), { caFile })).read())).toEqual(['key-1']);
    expect(await outcomeOf((await openSource(origin())).read())).toBe('IDENTITY_ISSUER_UNREACHABLE');
  });
});

describe('a file', () => {
  test('is read each time keys are asked for, and the issuer is never asked', async () => {
    const issuer = await openIssuer();
    const keysFile = await writeNamed('keys.json', JSON.stringify({ keys: issuer.keys }));
    const source = await openSource(issuer.url, { keysFile });
    expect(await outcomeOf(source.read())).toEqual(['key-1']);
    await issuer.rotate();
    await writeNamed('keys.json', JSON.stringify({ keys: issuer.keys }));
    expect(await outcomeOf(source.read())).toEqual(['key-2']);
    expect(issuer.asked).toEqual([]);
  });

  test.each(['', '{}', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"AAAA","kid":"a"}]}'])(
    'that holds %j is refused at the start',
    async (text) => {
      const keysFile = await writeNamed('none.json', text);
      expect(await outcomeOf(openSource('http://127.0.0.1:1', { keysFile }).then((source) => source.read()))).toBe(
        'CONFIG_INVALID',
      );
    },
  );

  test('that is not there is refused at the start, be it of keys or of an authority', async () => {
    const missing = join(directory, 'missing');
    for (const files of [{ keysFile: missing }, { caFile: missing }]) {
      const opening = openSource('https://127.0.0.1:1', files).then((source) => source.read());
      expect(await outcomeOf(opening)).toBe('CONFIG_INVALID');
    }
  });

  test('that is no certificate is refused at the start', async () => {
    const caFile = await writeNamed('no.pem', 'nothing');
    const opening = openSource('https://127.0.0.1:1', { caFile }).then((source) => source.read());
    expect(await outcomeOf(opening)).toBe('CONFIG_INVALID');
  });
});
