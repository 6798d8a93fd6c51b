/** Signing in: what is shown, when, and to whom. */
import { describe, expect, it } from 'vitest';
import { AccessError, InputError } from '../../../../errors/errors.ts';
import type { RegistryClient } from '../../../../oci/client/registry-client.ts';
import type { Credentials } from '../../../../oci/client/sign-in/credentials.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { app, errorOf, manifestOf, openTestClient, type TestTiming, testTiming } from '../fixture.ts';
import { type Line, openTranscript, type Transcript } from '../transcript.ts';

const tag = parseTag('1.2.3');
const head = 'HEAD /v2/team/app/manifests/1.2.3';
const manifest = manifestOf('one');
const found = {
  headers: {
    'content-type': manifest.descriptor.mediaType,
    'docker-content-digest': manifest.descriptor.digest,
    'content-length': '10',
  },
};
const bearer = { 'www-authenticate': 'Bearer realm="{origin}/token",service="reg",scope="repository:team/app:pull"' };
const basic = { 'www-authenticate': 'Basic realm="Registry"' };
const pullToken = 'GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull';
const password: Credentials = { username: 'ann', password: 's:ecret' };
const asAnn = `Basic ${Buffer.from('ann:s:ecret').toString('base64')}`;

interface Opened {
  readonly server: Transcript;
  readonly client: RegistryClient;
  readonly timing: TestTiming;
  /** Hosts that credentials were asked for. */
  readonly asked: string[];
}

async function open(lines: readonly Line[], credentials?: Credentials): Promise<Opened> {
  const server = await openTranscript(lines);
  const timing = testTiming();
  const asked: string[] = [];
  const source = async (host: string) => {
    asked.push(host);
    return credentials;
  };
  return { server, timing, asked, client: openTestClient({ url: server.url, credentials: source }, timing) };
}

describe('a registry that asks for nothing', () => {
  it('is shown nothing, and credentials are not even looked up', async () => {
    const { client, asked } = await open([{ request: 'GET /v2/', with: { authorization: undefined } }], password);
    await client.ping();
    expect(asked).toEqual([]);
  });
});

describe('a registry that asks for a password', () => {
  it('is shown it once it has asked, and then at once', async () => {
    const { client, asked, server } = await open(
      [
        { request: 'GET /v2/', status: 401, headers: basic },
        { request: 'GET /v2/', with: { authorization: asAnn } },
        { request: head, with: { authorization: asAnn }, ...found },
      ],
      password,
    );
    await client.ping();
    await client.repository(app).resolve(tag);
    expect(asked).toEqual([server.host]);
  });

  it('denies who has none', async () => {
    const { client } = await open([{ request: 'GET /v2/', status: 401, headers: basic }]);
    const error = await errorOf(client.ping());
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED', signedIn: false });
  });

  it('denies who has a wrong one, after one attempt', async () => {
    const { client } = await open(
      [
        { request: 'GET /v2/', status: 401, headers: basic },
        { request: 'GET /v2/', with: { authorization: asAnn }, status: 401, headers: basic },
      ],
      password,
    );
    expect(await errorOf(client.ping())).toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  it('passes on the error of a source of credentials', async () => {
    const server = await openTranscript([{ request: 'GET /v2/', status: 401, headers: basic }]);
    const failure = new InputError({ code: 'CREDENTIALS_INVALID', message: 'no helper' });
    const client = openTestClient({ url: server.url, credentials: () => Promise.reject(failure) });
    expect(await errorOf(client.ping())).toBe(failure);
  });
});

describe('a registry that asks for a token', () => {
  it('gets one made for nobody when there are no credentials', async () => {
    const { client } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, with: { authorization: undefined }, answer: '{"token":"t1"}' },
      { request: head, with: { authorization: 'Bearer t1' }, ...found },
    ]);
    expect(await client.repository(app).resolve(tag)).toBeDefined();
  });

  it('gets one made for the password', async () => {
    const { client } = await open(
      [
        { request: head, status: 401, headers: bearer },
        { request: pullToken, with: { authorization: asAnn }, answer: '{"access_token":"t1"}' },
        { request: head, with: { authorization: 'Bearer t1' }, ...found },
      ],
      password,
    );
    await client.repository(app).resolve(tag);
  });

  it('gets one exchanged for an identity token', async () => {
    const form =
      'grant_type=refresh_token&client_id=registry-action&refresh_token=id%2Btoken&service=reg&scope=repository%3Ateam%2Fapp%3Apull';
    const { client } = await open(
      [
        { request: head, status: 401, headers: bearer },
        { request: 'POST /token', with: { authorization: undefined }, body: form, answer: '{"access_token":"t1"}' },
        { request: head, with: { authorization: 'Bearer t1' }, ...found },
      ],
      { identityToken: 'id+token' },
    );
    await client.repository(app).resolve(tag);
  });

  it('is shown a registry token as it is', async () => {
    const { client } = await open(
      [
        { request: head, status: 401, headers: bearer },
        { request: head, with: { authorization: 'Bearer mine' }, ...found },
      ],
      { registryToken: 'mine' },
    );
    await client.repository(app).resolve(tag);
  });

  it('is shown the same token until shortly before its end, then another', async () => {
    const { client, timing } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, answer: '{"token":"t1","expires_in":300}' },
      { request: head, with: { authorization: 'Bearer t1' }, ...found },
      { request: head, with: { authorization: 'Bearer t1' }, ...found },
      { request: pullToken, answer: '{"token":"t2","expires_in":300}' },
      { request: head, with: { authorization: 'Bearer t2' }, ...found },
    ]);
    const repository = client.repository(app);
    await repository.resolve(tag);
    timing.advance(269_000);
    await repository.resolve(tag);
    timing.advance(2_000);
    await repository.resolve(tag);
  });

  it('is asked anew, once, when it refuses a token before its end', async () => {
    const { client } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, answer: '{"token":"t1","expires_in":300}' },
      { request: head, with: { authorization: 'Bearer t1' }, ...found },
      { request: head, with: { authorization: 'Bearer t1' }, status: 401, headers: bearer },
      { request: pullToken, answer: '{"token":"t2","expires_in":300}' },
      { request: head, with: { authorization: 'Bearer t2' }, ...found },
    ]);
    await client.repository(app).resolve(tag);
    expect(await client.repository(app).resolve(tag)).toBeDefined();
  });

  it('denies when it refuses the new token too', async () => {
    const { client } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, answer: '{"token":"t1"}' },
      { request: head, status: 401, headers: bearer },
    ]);
    expect(await errorOf(client.repository(app).resolve(tag))).toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  it('gets one token for many requests at once', async () => {
    const asked = Promise.withResolvers<void>();
    const { client, server } = await open([
      ...Array.from({ length: 9 }, () => ({ request: head, status: 401, headers: bearer })),
      { request: head, status: 401, headers: bearer, onAsked: asked.resolve },
      { request: pullToken, answer: '{"token":"t1"}', after: asked.promise },
      ...Array.from({ length: 10 }, () => ({ request: head, ...found })),
    ]);
    await Promise.all(Array.from({ length: 10 }, () => client.repository(app).resolve(tag)));
    expect(server.seen.filter(({ request }) => request === pullToken)).toHaveLength(1);
  });

  it('makes one token for all repositories used lately', async () => {
    const both = 'GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&scope=repository%3Ateam%2Fother%3Apull';
    const { client } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, answer: '{"token":"t1"}' },
      { request: head, ...found },
      { request: both, answer: '{"token":"t2"}' },
      { request: 'HEAD /v2/team/other/manifests/1.2.3', with: { authorization: 'Bearer t2' }, ...found },
      { request: head, with: { authorization: 'Bearer t2' }, ...found },
    ]);
    await client.repository(app).resolve(tag);
    await client.repository(parseRepositoryName('team/other')).resolve(tag);
    await client.repository(app).resolve(tag);
  });

  it('makes one for the one repository when it refuses to make it for several', async () => {
    const both = 'GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&scope=repository%3Ateam%2Fother%3Apull';
    const { client } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, answer: '{"token":"t1"}' },
      { request: head, ...found },
      { request: both, status: 403 },
      { request: 'GET /token?service=reg&scope=repository%3Ateam%2Fother%3Apull', answer: '{"token":"t2"}' },
      { request: 'HEAD /v2/team/other/manifests/1.2.3', with: { authorization: 'Bearer t2' }, ...found },
    ]);
    await client.repository(app).resolve(tag);
    await client.repository(parseRepositoryName('team/other')).resolve(tag);
  });

  it('is asked for the scope it names itself', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="{origin}/token",scope="repository:proxy/team/app:pull"' };
    const token = 'GET /token?scope=repository%3Aproxy%2Fteam%2Fapp%3Apull&scope=repository%3Ateam%2Fapp%3Apull';
    const { client } = await open([
      { request: head, status: 401, headers },
      { request: token, answer: '{"token":"t1"}' },
      { request: head, with: { authorization: 'Bearer t1' }, ...found },
      { request: head, with: { authorization: 'Bearer t1' }, ...found },
    ]);
    await client.repository(app).resolve(tag);
    await client.repository(app).resolve(tag);
  });

  it('gets along without the scope it names, when the token service refuses that', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="{origin}/token",scope="repository:user/image:pull"' };
    const { client } = await open([
      { request: 'GET /v2/', status: 401, headers },
      { request: 'GET /token?scope=repository%3Auser%2Fimage%3Apull', status: 403 },
      { request: 'GET /token', answer: '{"token":"t1"}' },
      { request: 'GET /v2/', with: { authorization: 'Bearer t1' } },
    ]);
    await client.ping();
  });

  it('is preferred by token when it would take a password as well', async () => {
    const headers = { 'www-authenticate': `${basic['www-authenticate']}, ${bearer['www-authenticate']}` };
    const { client } = await open(
      [
        { request: head, status: 401, headers },
        { request: pullToken, with: { authorization: asAnn }, answer: '{"token":"t1"}' },
        { request: head, with: { authorization: 'Bearer t1' }, ...found },
      ],
      password,
    );
    await client.repository(app).resolve(tag);
  });
});

describe('a token service', () => {
  it('is asked again when it is unwell', async () => {
    const { client } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, status: 503 },
      { request: pullToken, breaks: 'before' },
      { request: pullToken, answer: '{"token":"t1"}' },
      { request: head, ...found },
    ]);
    await client.repository(app).resolve(tag);
  });

  it.each([
    ['is denied', { status: 401, answer: '{"details":"incorrect username or password"}' }, 'REGISTRY_DENIED'],
    ['is no JSON', { answer: '<html>' }, 'REGISTRY_ANSWER_INVALID'],
    ['has no token', { answer: '{"token":""}' }, 'REGISTRY_ANSWER_INVALID'],
    ['would add a header', { answer: '{"token":"t\\r\\nx-evil: 1"}' }, 'REGISTRY_ANSWER_INVALID'],
    ['is too large', { answer: `{"token":"${'t'.repeat(65_536)}"}` }, 'REGISTRY_ANSWER_INVALID'],
  ])('fails the request when its answer %s', async (_, token, code) => {
    const { client } = await open([
      { request: head, status: 401, headers: bearer },
      { request: pullToken, ...token },
    ]);
    expect(await errorOf(client.repository(app).resolve(tag))).toMatchObject({ code });
  });

  it('does not learn the password by sending us on', async () => {
    const elsewhere = await openTranscript([
      { request: 'GET /', with: { authorization: undefined }, answer: '{"token":"t1"}' },
    ]);
    const { client } = await open(
      [
        { request: head, status: 401, headers: bearer },
        { request: pullToken, with: { authorization: asAnn }, status: 302, headers: { location: elsewhere.url } },
        { request: head, with: { authorization: 'Bearer t1' }, ...found },
      ],
      password,
    );
    await client.repository(app).resolve(tag);
  });

  it('does not learn the identity token by sending us on', async () => {
    const { client } = await open(
      [
        { request: head, status: 401, headers: bearer },
        { request: 'POST /token', status: 307, headers: { location: 'http://127.0.0.1:1/' } },
      ],
      { identityToken: 'secret' },
    );
    expect(await errorOf(client.repository(app).resolve(tag))).toMatchObject({ code: 'REGISTRY_REFUSED', status: 307 });
  });

  it('at another site gets no credentials', async () => {
    const { client } = await open(
      [{ request: head, status: 401, headers: { 'www-authenticate': 'Bearer realm="https://tokens.example/"' } }],
      password,
    );
    const error = await errorOf(client.repository(app).resolve(tag));
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED' });
    expect(error.message).toContain('tokens.example');
  });

  it('serves others when the one who asked first has gone', async () => {
    const gate = Promise.withResolvers<void>();
    const { client, server } = await open([
      { request: head, status: 401, headers: bearer },
      { request: head, status: 401, headers: bearer },
      { request: pullToken, answer: '{"token":"t1"}', after: gate.promise },
      { request: head, with: { authorization: 'Bearer t1' }, ...found },
    ]);
    const stop = new AbortController();
    const first = errorOf(client.repository(app).resolve(tag, stop.signal));
    const second = client.repository(app).resolve(tag);
    await expect.poll(() => server.seen).toHaveLength(3);
    stop.abort(new Error('gone'));
    expect((await first).message).toBe('gone');
    gate.resolve();
    expect(await second).toBeDefined();
  });
});

describe('whoever the registry redirects to', () => {
  it('cannot ask us to sign in', async () => {
    const storage = await openTranscript([
      { request: 'HEAD /x', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
    ]);
    const { client, asked } = await open(
      [{ request: head, status: 307, headers: { location: `${storage.url}/x` } }],
      password,
    );
    expect(await errorOf(client.repository(app).resolve(tag))).toMatchObject({ code: 'REGISTRY_DENIED' });
    expect(asked).toEqual([]);
  });
});
