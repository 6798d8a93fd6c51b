/** Which hosts are this machine: they speak plain HTTP by default, and only their names reach a loopback listener. */

/** Whether a host name, without port, always means this machine. Spec: RFC 6761, "Domain Name Reservation Considerations for localhost". */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  if (name === '::1' || name === '[::1]') return true;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}
