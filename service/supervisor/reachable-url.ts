/** From the address a part listens on to one that can be called from this machine. */

/** The URL with "every address" replaced by this machine's own, and without a trailing slash. */
export function reachableUrl(listening: string): string {
  const url = new URL(listening);
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.hostname === '[::]') url.hostname = '[::1]';
  return url.href.replace(/\/$/, '');
}
