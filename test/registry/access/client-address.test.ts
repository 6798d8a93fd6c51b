/** Whose address counts behind proxies: what they say is believed, and what others say is not. */
import { describe, expect, test } from 'vitest';
import { openClientAddress } from '../../../registry/access/client-address.ts';

function addressOf(proxies: readonly string[], remoteAddress: string, forwardedFor?: string): string {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  // Of a socket nothing but the address is looked at.
  const request = { socket: { remoteAddress }, headers } as Parameters<ReturnType<typeof openClientAddress>>[0];
  return openClientAddress(proxies)(request);
}

test('without proxies it is whoever is connected, whatever the header says', () => {
  expect(addressOf([], '127.0.0.1', '192.0.2.7')).toBe('127.0.0.1');
});

describe('with a proxy', () => {
  const proxies = ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'];

  test.each([
    ['whom it names', '127.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['whom the first of several names', '127.0.0.1', '192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['the last one that is no proxy, whatever that one claimed', '127.0.0.1', '198.51.100.1, 192.0.2.7', '192.0.2.7'],
    ['the same behind another proxy', '10.0.0.1', '198.51.100.1, 192.0.2.7,10.1.2.3', '192.0.2.7'],
    ['an IPv6 address', '127.0.0.1', '2001:dead:beef::1', '2001:dead:beef::1'],
    ['whom one with an IPv6 address names', '2001:db8:1::1', '192.0.2.7', '192.0.2.7'],
    ['whom one names that is connected by IPv4 within IPv6', '::ffff:127.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['itself, where it names nobody', '127.0.0.1', undefined, '127.0.0.1'],
    ['the first proxy, where all are proxies', '127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['itself, where it names something else', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['itself, where it names a port as well', '127.0.0.1', '192.0.2.7:4711', '127.0.0.1'],
    ['itself, where the end is empty', '127.0.0.1', '192.0.2.7, ', '127.0.0.1'],
    ['somebody else who is connected, whatever he says', '192.0.2.9', '192.0.2.7', '192.0.2.9'],
    ['somebody whose address begins as a proxy’s', '127.0.0.10', '192.0.2.7', '127.0.0.10'],
    ['nobody, when the connection is gone', '', '192.0.2.7', ''],
  ])('it is %s', (_, remoteAddress, forwardedFor, expected) => {
    expect(addressOf(proxies, remoteAddress, forwardedFor)).toBe(expected);
  });
});
