/** Which proxy a request goes through, by the customs of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
import { InputError } from '../../../errors/errors.ts';
import { isLoopbackHost } from './private-host.ts';

/** Values of the three variables, as they are written. */
export interface ProxySettings {
  /** For plain HTTP. */
  readonly http?: string;
  /** For HTTPS. */
  readonly https?: string;
  /** Hosts reached directly, separated by commas or spaces: a name with everything below it, `host:port`, or `*`. */
  readonly no?: string;
}

/** The proxy's URL for a request to the URL; undefined when it goes directly. Loopback always does. */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy = url.protocol === 'https:' ? settings.https : settings.http;
  if (proxy === undefined || proxy === '') return undefined;
  if (isLoopbackHost(url.hostname) || isExempt(url, settings.no ?? '')) return undefined;
  return withProtocol(proxy);
}

/**
 * Throws unless the proxies' URLs are well formed. They may hold a password, so they are not repeated.
 * @throws InputError CONFIG_INVALID.
 */
export function assertProxySettings(settings: ProxySettings): void {
  for (const [name, proxy] of [['http', settings.http] as const, ['https', settings.https] as const]) {
    const url = proxy === undefined || proxy === '' ? undefined : URL.parse(withProtocol(proxy));
    if (url === undefined || (url !== null && /^(?:https?|socks5?):$/.test(url.protocol))) continue;
    throw new InputError({ code: 'CONFIG_INVALID', message: `the ${name} proxy is not an http, https or socks5 URL` });
  }
}

/** Proxies are often written as `host:port`. */
function withProtocol(proxy: string): string {
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExempt(url: URL, list: string): boolean {
  const entries = list.toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== '' && matches(entry, url));
}

function matches(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const { host, port } = splitPort(entry);
  if (port !== undefined && port !== portOf(url)) return false;
  const name = host.replace(/^\*?\./, '');
  return url.hostname === name || url.hostname.endsWith(`.${name}`);
}

/** `[::1]:443`, `host:443` and bare names; a bare IPv6 address has no port, and is bracketed as in a URL. */
function splitPort(entry: string): { host: string; port: string | undefined } {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry);
  return parts === null ? { host: `[${entry}]`, port: undefined } : { host: parts[1] ?? '', port: parts[2] };
}

function portOf(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}
