/** Where a request comes from: whoever is connected, or whom a proxy that is believed names. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { remoteAddressOf } from '../http/from-inside.ts';

/** The IP address of whoever sent the request. */
export type ClientAddress = (request: Pick<IncomingMessage, 'socket' | 'headers'>) => string;

/**
 * Believes the proxies at these addresses and networks, and nobody else: each writes behind what it was told from where it
 * was asked, so the list is read from its end, as far as there are proxies.
 */
export function openClientAddress(proxies: readonly string[]): ClientAddress {
  if (proxies.length === 0) return remoteAddressOf;
  const believed = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    if (prefix === undefined) believed.addAddress(address, familyOf(address));
    else believed.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (request) => {
    const named = String(request.headers['x-forwarded-for'] ?? '').split(',');
    let address = remoteAddressOf(request);
    while (isIP(address) !== 0 && believed.check(address, familyOf(address))) {
      const before = named.pop()?.trim() ?? '';
      if (isIP(before) === 0 || before.includes('%')) return address;
      address = before;
    }
    return address;
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
