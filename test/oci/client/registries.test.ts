import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistries } from '../../../oci/client/registries.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { listOf, manifestOf } from './fixture.ts';
import { openTranscript } from './transcript.ts';

const app = parseRepositoryName('team/app');
const api = parseRepositoryName('team/api');
const tagsOf = (name: string) => ({
  request: `GET /v2/${name}/tags/list?n=1000`,
  headers: { 'content-type': 'application/json' },
  answer: JSON.stringify({ name, tags: ['1.0.0'] }),
});

function openHere(env: Readonly<Record<string, string>> = {}) {
  const registries = openRegistries({
    credentials: async () => ({ username: 'ci', password: 'secret' }),
    urlOf: (registry) => `http://${registry}`,
    env,
    userAgent: 'registry-action-test',
  });
  onTestFinished(() => registries.close());
  return registries;
}

describe('registries by their names', () => {
  it('have one client each: what it learnt of signing in serves all repositories', async () => {
    const authorization = `Basic ${btoa('ci:secret')}`;
    const server = await openTranscript([
      { ...tagsOf('team/app'), status: 401, headers: { 'www-authenticate': 'Basic realm="here"' } },
      { ...tagsOf('team/app'), with: { authorization, 'user-agent': 'registry-action-test' } },
      { ...tagsOf('team/api'), with: { authorization } },
    ]);
    const registries = openHere();
    for (const name of [app, api]) {
      const repository = await registries.repository(server.host, name);
      expect(await listOf(repository.listTags())).toEqual(['1.0.0']);
    }
  });

  it('are asked at another address where one is given', async () => {
    const server = await openTranscript([tagsOf('team/app')]);
    const repository = await openHere().repository('registry.test', app, server.url);
    expect(await listOf(repository.listTags())).toEqual(['1.0.0']);
  });

  it('are reached through the proxy that the environment names, unless they are on this machine', async () => {
    const { mediaType, digest } = manifestOf('one').descriptor;
    const proxy = await openTranscript([
      {
        request: 'HEAD http://registry.test/v2/team/app/manifests/1.0.0',
        headers: { 'content-type': mediaType, 'content-length': '17', 'docker-content-digest': digest },
      },
    ]);
    const registry = await openTranscript([tagsOf('team/app')]);
    const registries = openHere({ http_proxy: proxy.url, HTTP_PROXY: 'http://127.0.0.1:1' });
    const far = await registries.repository('registry.test', app);
    expect(await far.resolve(parseTag('1.0.0'))).toMatchObject({ digest });
    const near = await registries.repository(registry.host, app);
    expect(await listOf(near.listTags())).toEqual(['1.0.0']);
  });
});
