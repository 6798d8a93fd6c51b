/** Hosts that the world outside should not be able to point us at. */
import { BlockList, isIP } from 'node:net';

type Subnet = readonly [network: string, prefix: number];

const loopback: readonly Subnet[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];

/** Where cloud machines ask for their own credentials, among others. */
const linkLocal: readonly Subnet[] = [
  ['169.254.0.0', 16],
  ['fe80::', 10],
];

/** Private, shared, unspecified, multicast and reserved addresses, and IPv6 addresses that stand for IPv4 ones. */
const internal: readonly Subnet[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 96],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** Made when they are needed: few are ever pointed anywhere, and making them takes longer than loading all of this folder. */
const lists = new Map<readonly Subnet[], BlockList>();

/** Whether the host of a URL is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return isLocalName(hostname) || contains(loopback, hostname);
}

/** Whether the host of a URL is an address, or the name, of this machine, this link or a private network. */
export function isPrivateHost(hostname: string): boolean {
  return isLoopbackHost(hostname) || isLinkLocalHost(hostname) || contains(internal, hostname);
}

/** Whether the host of a URL is an address valid on this link only. */
export function isLinkLocalHost(hostname: string): boolean {
  return contains(linkLocal, hostname);
}

/**
 * Whether a registry at `from` may point us at `to`. Only literal addresses are judged: a name that resolves to a
 * private address is what registries in private networks have.
 */
export function mayPointAt(from: URL, to: URL): boolean {
  if (from.hostname === to.hostname) return true;
  if (isLinkLocalHost(to.hostname)) return false;
  return isPrivateHost(from.hostname) || !isPrivateHost(to.hostname);
}

function isLocalName(hostname: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(hostname);
}

/** URLs write IPv6 addresses in brackets, and every spelling of an IPv4 address as four decimal numbers. */
function contains(subnets: readonly Subnet[], hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const version = isIP(address);
  return version !== 0 && listOf(subnets).check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function listOf(subnets: readonly Subnet[]): BlockList {
  const known = lists.get(subnets);
  if (known !== undefined) return known;
  const list = new BlockList();
  lists.set(subnets, list);
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  return list;
}
