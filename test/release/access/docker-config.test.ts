/** Credentials of the inputs over those of the user's files, for docker and for podman. */
import { expect, test } from 'vitest';
import {
  emptyDockerConfig,
  mergeAuthFile,
  mergeDockerConfig,
  parseDockerConfig,
} from '../../../release/access/docker-config.ts';

const login = { registry: 'ghcr.io', username: 'ann', password: 'new' };
const hubLogin = { registry: 'docker.io', username: 'ann', password: 'new' };
const auth = { auth: Buffer.from('ann:new').toString('base64') };

const config = (content: object) => parseDockerConfig(JSON.stringify(content), '/somewhere');

test('without files, the logins are all there is', () => {
  expect(mergeDockerConfig(emptyDockerConfig, [login])).toEqual({ auths: { 'ghcr.io': auth }, credHelpers: {} });
  expect(mergeAuthFile([], [login])).toEqual({ auths: { 'ghcr.io': auth }, credHelpers: {} });
});

test('what the user has for other registries, and all else in the file, is kept', () => {
  const own = {
    auths: { 'quay.io': { auth: 'b2xk' } },
    credHelpers: { 'eu.gcr.io': 'gcloud' },
    proxies: { default: { httpProxy: 'http://proxy:3128' } },
    currentContext: 'remote',
  };
  expect(mergeDockerConfig(config(own), [login])).toEqual({ ...own, auths: { ...own.auths, 'ghcr.io': auth } });
});

test.each(['ghcr.io', 'https://ghcr.io', 'https://ghcr.io/v2/', 'ghcr.io/acme'])(
  'a login takes the place of the entry %s',
  (key) => {
    const own = config({ auths: { [key]: { auth: 'b2xk' } }, credHelpers: { 'ghcr.io': 'old' } });
    expect(mergeDockerConfig(own, [login])).toEqual({ auths: { 'ghcr.io': auth }, credHelpers: {} });
    expect(mergeAuthFile([own], [login])).toEqual({ auths: { 'ghcr.io': auth }, credHelpers: {} });
  },
);

test('where a store has all credentials, docker is told that those of a login are in the file', () => {
  const own = config({ auths: { 'quay.io': {} }, credsStore: 'desktop' });
  expect(mergeDockerConfig(own, [login])).toEqual({
    auths: { 'quay.io': {}, 'ghcr.io': auth },
    credHelpers: { 'ghcr.io': '' },
    credsStore: 'desktop',
  });
});

test('podman, which knows no store, asks it as the helper of the registries that it has', () => {
  const own = config({ auths: { 'quay.io': {}, 'https://index.docker.io/v1/': {} }, credsStore: 'desktop' });
  expect(mergeAuthFile([own], [login])).toEqual({ auths: { 'ghcr.io': auth }, credHelpers: { 'quay.io': 'desktop' } });
});

test('Docker Hub has the key that each tool looks for', () => {
  const own = config({ auths: { 'index.docker.io': { auth: 'b2xk' } } });
  expect(mergeDockerConfig(own, [hubLogin])).toMatchObject({ auths: { 'https://index.docker.io/v1/': auth } });
  expect(mergeAuthFile([own], [hubLogin])).toEqual({ auths: { 'docker.io': auth }, credHelpers: {} });
});

test('of several files the first that knows a registry goes before the others', () => {
  const first = config({ auths: { 'quay.io': { auth: 'MQ==' } } });
  const second = config({
    auths: { 'quay.io': { auth: 'Mg==' }, 'reg.example': { auth: 'Mw==' } },
    credHelpers: { 'quay.io': 'x' },
  });
  expect(mergeAuthFile([first, second], [])).toEqual({
    auths: { 'quay.io': { auth: 'MQ==' }, 'reg.example': { auth: 'Mw==' } },
    credHelpers: {},
  });
});

test.each(['', '[]', '"x"', '{"auths":[]}', '{"credHelpers":{"a":1}}', '{"credsStore":1}', '{'])(
  'a file with %j is refused',
  (text) => {
    expect(() => parseDockerConfig(text, '/somewhere')).toThrow(
      expect.objectContaining({ code: 'CREDENTIALS_INVALID' }),
    );
  },
);

test('a refusal does not repeat what is in the file', () => {
  const refusal = (() => {
    try {
      return parseDockerConfig('{"auths": "hunter2"}', '/somewhere');
    } catch (error) {
      return String(error);
    }
  })();
  expect(refusal).not.toContain('hunter2');
});
