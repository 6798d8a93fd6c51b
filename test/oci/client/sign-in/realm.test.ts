/** Where tokens may come from, and where credentials may go. */
import { describe, expect, it } from 'vitest';
import { AccessError, InputError } from '../../../../errors/errors.ts';
import { parseRealm } from '../../../../oci/client/sign-in/realm.ts';
import { parseEndpoint } from '../../../../oci/client/wire/endpoint.ts';

describe('a realm', () => {
  it.each([
    ['https://ghcr.io', 'https://ghcr.io/token'],
    ['https://docker.io', 'https://auth.docker.io/token'],
    ['https://registry.hub.docker.com', 'https://auth.docker.io/token'],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['https://registry.example.com:5000', 'https://auth.example.com:5001/x'],
    ['http://registry:5000', 'http://auth:5001/token'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
    ['http://localhost:5000', 'http://localhost:5001/token'],
    ['http://registry.example', 'https://registry.example/token'],
  ])('of %s may be %s', (registry, realm) => {
    expect(parseRealm(realm, parseEndpoint(registry), true).href).toBe(realm);
  });

  it.each([
    ['https://registry.gitlab.com', 'http://gitlab.com/jwt/auth', 'plain HTTP'],
    ['https://ghcr.io', 'https://ghcr.io.evil.example/token', 'another site'],
    ['https://registry.example.co.uk', 'https://evil.co.uk/token', 'another site below one suffix'],
    ['https://team.azurecr.io', 'https://evil.azurecr.io/token', 'a neighbour'],
    ['https://a.dkr.ecr.us-east-1.amazonaws.com', 'https://evil.s3.us-east-1.amazonaws.com', 'a neighbour'],
    ['https://registry.example.com.', 'https://evil.com./token', 'another site with a dot'],
    ['https://1.2.3.4', 'https://9.9.3.4/token', 'another address'],
    ['https://registry.example', 'https://u:p@registry.example/token', 'one with credentials in it'],
    ['https://registry.example', 'file:///etc/passwd', 'another protocol'],
    ['https://registry.example', '/token', 'no URL'],
  ])('of %s may not be %s: it is %s', (registry, realm) => {
    expect(() => parseRealm(realm, parseEndpoint(registry), true)).toThrow(AccessError);
  });

  it('without a scheme of its own has that of the registry, and is judged like any other', () => {
    const endpoint = parseEndpoint('https://nexus.example:8082');
    expect(parseRealm('null://nexus.example:8082/v2/token', endpoint, true).href).toBe(
      'https://nexus.example:8082/v2/token',
    );
    expect(() => parseRealm('null://evil.test/v2/token', endpoint, true)).toThrow(AccessError);
  });

  it.each([
    ['https://nexus.example', 'http://nexus.example/v2/token', 'https://nexus.example/v2/token'],
    ['https://nexus.example', 'http://nexus.example:443/v2/token', 'https://nexus.example/v2/token'],
    ['https://nexus.example:8082', 'http://nexus.example:8082/v2/token?x=y', 'https://nexus.example:8082/v2/token?x=y'],
    ['http://nexus.example', 'http://nexus.example/v2/token', 'http://nexus.example/v2/token'],
  ])('of %s that is its own host over plain HTTP, %s, is %s', (registry, realm, asked) => {
    expect(parseRealm(realm, parseEndpoint(registry), true).href).toBe(asked);
  });

  it('at another site may make a token for nobody', () => {
    const realm = 'https://tokens.example/token';
    expect(parseRealm(realm, parseEndpoint('https://registry.test'), false).href).toBe(realm);
  });

  it.each(['https://10.0.0.5/token', 'https://[fd00::1]/token', 'https://localhost/token', 'https://2130706433/'])(
    'in a private network, %s, is not asked even for nobody',
    (realm) => {
      expect(() => parseRealm(realm, parseEndpoint('https://registry.example'), false)).toThrow(AccessError);
    },
  );

  it('in a private network is that of a registry in one only when it is the same host, or is named', () => {
    const registry = 'http://10.0.0.6';
    expect(parseRealm('http://10.0.0.6:5001/token', parseEndpoint(registry), true).host).toBe('10.0.0.6:5001');
    expect(parseRealm('http://10.0.0.5/token', parseEndpoint(registry, { tokenService: '10.0.0.5' }), true).host).toBe(
      '10.0.0.5',
    );
    expect(() => parseRealm('http://10.0.0.5/token', parseEndpoint(registry), false)).toThrow(AccessError);
  });

  it('on this machine may have another name of it, for nobody', () => {
    const registry = parseEndpoint('http://127.0.0.1:5000');
    expect(parseRealm('http://localhost:5001/token', registry, false).host).toBe('localhost:5001');
    expect(() => parseRealm('http://localhost:5001/token', registry, true)).toThrow(AccessError);
  });

  it.each([
    ['tokens.example', 'https://tokens.example/token'],
    ['tokens.example', 'https://tokens.example:443/token'],
    ['tokens.example:443', 'https://tokens.example/token'],
    ['TOKENS.example:8443', 'https://tokens.example:8443/token'],
  ])('at the host that the configuration names, %s, may be %s', (named, realm) => {
    const endpoint = parseEndpoint('https://registry.test', { tokenService: named });
    expect(parseRealm(realm, endpoint, true).hostname).toBe('tokens.example');
  });

  it.each(['https://tokens.example', 'tokens.example/', 'a@tokens.example', 'tokens.example/x', '', ' '])(
    'cannot be named by %j, which is no host',
    (named) => expect(() => parseEndpoint('https://registry.test', { tokenService: named })).toThrow(InputError),
  );

  it.each(['http://169.254.169.254/latest', 'http://[fe80::1]/'])('on the link, %s, may not even then', (realm) => {
    expect(() => parseRealm(realm, parseEndpoint('http://10.0.0.6'), false)).toThrow(AccessError);
  });
});
