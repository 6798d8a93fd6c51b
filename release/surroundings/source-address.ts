/** Addresses of source repositories, as git and CI systems write them. */

/**
 * The address for people: over https where git would go by ssh, without user name, password and `.git`. What is no
 * address of a host, such as a path, is undefined.
 */
export function plainSource(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const [, host, path] = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(written) ?? [];
  // A drive of Windows looks like a host of one letter.
  if (host !== undefined && host.length > 1) return plainSource(`ssh://${host}/${path}`);
  const url = URL.parse(written);
  if (url === null || url.hostname === '' || !/^(?:https?|ssh|git):$/.test(url.protocol)) return undefined;
  const origin = /^https?:$/.test(url.protocol) ? `${url.protocol}//${url.host}` : `https://${url.hostname}`;
  return (
    origin +
    url.pathname
      .replace(/^\/+/, '/')
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')
  );
}
