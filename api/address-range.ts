/** IP addresses and networks as people write them: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. */

const rangeGrammar = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/;

/** Whether the text is an address or a network; all addresses together are none. */
export function isAddressRange(text: string): boolean {
  const [, address = '', prefix] = rangeGrammar.exec(text) ?? [];
  const bits = isIpv4(address) ? 32 : isIpv6(address) ? 128 : 0;
  const length = prefix === undefined ? bits : Number(prefix);
  return length >= 1 && length <= bits;
}

function isIpv4(address: string): boolean {
  return /^\d+(\.\d+){3}$/.test(address) && URL.parse(`http://${address}`)?.hostname === address;
}

function isIpv6(address: string): boolean {
  return address.includes(':') && URL.canParse(`http://[${address}]`);
}
