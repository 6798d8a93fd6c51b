/** Credentials: what a client shows to be let in, and where they come from. */

/** One of three kinds of secret. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** Exchanged for tokens at the registry's token service. */
  | { readonly identityToken: string }
  /** Shown to the registry as it is. */
  | { readonly registryToken: string };

/**
 * The credentials for a registry, by the name it has in references (`ghcr.io`, `docker.io`, `host:port`); undefined to
 * go without. Asked again whenever a token is needed, so that what expires can be replaced.
 */
export type CredentialSource = (host: string, signal?: AbortSignal) => Promise<Credentials | undefined>;

/** No credentials for any registry. */
export const anonymous: CredentialSource = async () => undefined;

/** The header value that shows a user name and password. Spec: RFC 7617. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
