/** Which requests go through a proxy. */
import { expect, it } from 'vitest';
import { InputError } from '../../../../errors/errors.ts';
import { assertProxySettings, proxyFor } from '../../../../oci/client/wire/proxy.ts';

const http = 'http://proxy.example:3128';
const https = 'http://secure.example:3128';

function expectCase(url: string, no: string, expected: string | undefined): void {
  expect(proxyFor(new URL(url), { http, https, no })).toBe(expected);
}

it.each([
  ['https://ghcr.io/', https],
  ['http://ghcr.io/', http],
])('%s goes through the proxy of its protocol', (url, expected) => expectCase(url, '', expected));

it.each(['http://localhost:5000', 'http://x.localhost', 'http://127.8.9.10', 'http://[::1]:80', 'http://0x7f.1'])(
  '%s is this machine, and never goes through a proxy',
  (url) => expectCase(url, '', undefined),
);

it.each([
  ['*', 'https://ghcr.io'],
  ['ghcr.io', 'https://ghcr.io'],
  ['GHCR.io', 'https://ghcr.io'],
  ['example.com', 'https://registry.example.com'],
  ['.example.com', 'https://registry.example.com'],
  ['*.example.com', 'https://registry.example.com'],
  ['.example.com', 'https://example.com'],
  ['a, b,registry.example', 'https://registry.example'],
  ['a registry.example', 'https://registry.example'],
  ['registry.example:5000', 'https://registry.example:5000'],
  ['registry.example:443', 'https://registry.example'],
  ['10.1.2.3', 'http://10.1.2.3:5000'],
  ['[fd00::1]:5000', 'http://[fd00::1]:5000'],
  ['fd00::1', 'http://[fd00::1]:5000'],
])('NO_PROXY %s exempts %s', (no, url) => expectCase(url, no, undefined));

it.each([
  ['example.com', 'https://notexample.com'],
  ['example.com', 'https://example.com.evil.test'],
  ['registry.example:5000', 'https://registry.example'],
  ['registry.example:80', 'https://registry.example'],
  [' , ', 'https://registry.example'],
])('NO_PROXY %s does not exempt %s', (no, url) => expectCase(url, no, https));

it('a proxy may be written without its protocol', () => {
  expect(proxyFor(new URL('https://ghcr.io'), { https: 'proxy.example:3128' })).toBe('http://proxy.example:3128');
});

it('without a setting there is no proxy', () => {
  expect(proxyFor(new URL('https://ghcr.io'), { http })).toBeUndefined();
  expect(proxyFor(new URL('https://ghcr.io'), { https: '' })).toBeUndefined();
});

it.each(['proxy.example:3128', 'http://proxy.example', 'https://u:p@proxy.example:8443', 'socks5://proxy.example', ''])(
  '%j is a proxy',
  (text) => expect(() => assertProxySettings({ http: text, https: text })).not.toThrow(),
);

it.each(['ftp://proxy.example', 'http://secret@', '://', 'a b:secret'])('%j is none, and is not repeated', (text) => {
  expect(() => assertProxySettings({ https: text })).toThrow(InputError);
  expect(() => assertProxySettings({ https: text })).not.toThrow(/secret/);
});
