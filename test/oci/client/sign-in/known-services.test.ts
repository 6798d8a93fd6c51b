/** Registries whose token service is known: the way to it costs nothing, and being wrong about it one request. */
import { afterAll, expect, it } from 'vitest';
import { knownChallenge } from '../../../../oci/client/sign-in/known-services.ts';
import { parseEndpoint } from '../../../../oci/client/wire/endpoint.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { closeWorlds, openWorld } from '../attack-world.ts';
import { app, errorOf, manifestOf } from '../fixture.ts';

afterAll(closeWorlds);

const { bytes, descriptor } = manifestOf('hub');
const manifest = 'GET https://registry-1.docker.io/v2/team/app/manifests/1.0';
const scope = 'scope=repository%3Ateam%2Fapp%3Apull';
const knownToken = `GET https://auth.docker.io/token?service=registry.docker.io&${scope}`;
const toldToken = `GET https://auth.docker.io/token?service=told&${scope}`;
const served = { headers: { 'content-type': descriptor.mediaType }, body: bytes };
const told = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="https://auth.docker.io/token",service="told"' },
};
const password = { username: 'ann', password: 'hunter22' };

async function readTag(replies: Parameters<typeof openWorld>[0]) {
  const world = await openWorld(replies);
  const client = world.open({ url: 'https://docker.io', credentials: async () => password });
  return { world, reading: client.repository(app).fetchManifest(parseTag('1.0')) };
}

it('Docker Hub is asked with a token from the first request on', async () => {
  const { world, reading } = await readTag({ [knownToken]: { body: '{"token":"t1"}' }, [manifest]: served });
  expect((await reading).descriptor).toEqual(descriptor);
  expect(world.visits.map(({ request, authorization }) => [request, authorization?.split(' ')[0]])).toEqual([
    [knownToken, 'Basic'],
    [manifest, 'Bearer'],
  ]);
});

it('what the registry says itself counts more', async () => {
  const { world, reading } = await readTag({
    [knownToken]: { body: '{"token":"t1"}' },
    [toldToken]: { body: '{"token":"t2"}' },
    [manifest]: [told, served],
  });
  expect((await reading).descriptor).toEqual(descriptor);
  expect(world.requests()).toEqual([knownToken, manifest, toldToken, manifest]);
});

it('where no token is to be had that way, the registry is asked how', async () => {
  const { world, reading } = await readTag({ [toldToken]: { body: '{"token":"t2"}' }, [manifest]: [told, served] });
  expect((await reading).descriptor).toEqual(descriptor);
  expect(world.requests()).toEqual([knownToken, manifest, toldToken, manifest]);
});

it('credentials that are wrong are told as if nothing had been known', async () => {
  const { reading } = await readTag({
    [knownToken]: { status: 401 },
    [toldToken]: { status: 401 },
    [manifest]: told,
  });
  expect(await errorOf(reading)).toMatchObject({ code: 'REGISTRY_DENIED' });
});

it.each([
  ['https://docker.io', 'https://auth.docker.io/token'],
  ['https://index.docker.io', 'https://auth.docker.io/token'],
  ['https://ghcr.io', 'https://ghcr.io/token'],
  ['http://ghcr.io', undefined],
  ['https://ghcr.io:8443', undefined],
  ['https://quay.io', undefined],
  ['https://registry.example.com', undefined],
])('of %s the realm is %s', (url, realm) => {
  expect(knownChallenge(parseEndpoint(url))?.parameters.get('realm')).toBe(realm);
});
