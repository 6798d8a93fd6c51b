/** Whether a request comes from this machine itself. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What a proxy adds: behind one, everybody seems to be here. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const;

/** From a loopback address, for a loopback name (a page in a browser may have another name resolve to us), through no proxy. */
export function isFromInside(remoteAddress: string, headers: IncomingHttpHeaders): boolean {
  if (!isLoopbackAddress(remoteAddress) || proxyHeaders.some((name) => name in headers)) return false;
  return isLoopbackName((headers.host ?? '').replace(/:\d+$/, ''));
}

/** Whether the host of a URL is this machine for whoever says it. */
export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host.replace(/^\[(.*)\]$/, '$1'));
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address);
}

/** The IP address that a request comes from; empty when the connection is gone. */
export function remoteAddressOf({ socket }: Pick<IncomingMessage, 'socket'>): string {
  return socket.remoteAddress ?? '';
}
