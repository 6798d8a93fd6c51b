/** Addresses of registries as written: with or without scheme. */
import { isLoopbackHost } from './loopback.ts';

/** The address as `scheme://host[:port]`, or why it is none. The fault never repeats the text: it may hold a password. */
export function parseRegistryUrl(text: string): { readonly url: string } | { readonly fault: string } {
  const url = parseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (url === undefined) return { fault: 'write the address of a registry, such as https://ghcr.io' };
  if (url.username !== '' || url.password !== '') return { fault: 'credentials do not belong in an address: use auth' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { fault: 'a registry speaks https or http' };
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return { fault: 'write scheme, host and port only: paths belong in the repository' };
  }
  const scheme = /^https?:\/\//i.test(text) ? url.protocol : isLoopbackHost(url.hostname) ? 'http:' : 'https:';
  return { url: `${scheme}//${hostWritten(text, scheme)}` };
}

/** Host and port in normal form; parsed under the final scheme, so that only its own default port is left out. */
function hostWritten(text: string, scheme: string): string {
  return new URL(text.replace(/^(?:https?:\/\/)?/i, `${scheme}//`)).host;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) && !/\s/.test(text) ? new URL(text) : undefined;
}
