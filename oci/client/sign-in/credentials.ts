/** Credentials: what a client shows to be let in, and where they come from. */

/** One of four kinds of secret. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** Exchanged for tokens at the registry's token service. */
  | { readonly identityToken: string }
  /** Exchanged by the registry itself for an identity token; see entra-exchange.ts. */
  | { readonly entraToken: string }
  /** Shown to the registry as it is. */
  | { readonly registryToken: string };

/** What credentials are wanted for. */
export interface CredentialLookup {
  /** Repository, or the beginning of its name; undefined for the registry as a whole. */
  readonly repository?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where credentials come from. */
export interface CredentialSource {
  /**
   * The credentials for a registry, by the name it has in references (`ghcr.io`, `docker.io`, `host:port`); undefined to
   * go without. Asked again whenever a token is needed, so that what expires can be replaced.
   */
  (host: string, lookup?: CredentialLookup): Promise<Credentials | undefined>;
  /** Beginnings of repository names at the registry that have credentials of their own; none when absent. */
  namespaces?(host: string): Promise<readonly string[]>;
}

/** No credentials for any registry. */
export const anonymous: CredentialSource = async () => undefined;

/** The credentials of the first source that has some. */
export function firstOf(sources: readonly CredentialSource[]): CredentialSource {
  const find: CredentialSource = async (host, lookup) => {
    for (const source of sources) {
      const credentials = await source(host, lookup);
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  };
  return Object.assign(find, {
    async namespaces(host: string): Promise<readonly string[]> {
      const lists = await Promise.all(sources.map(async (source) => (await source.namespaces?.(host)) ?? []));
      return [...new Set(lists.flat())];
    },
  });
}

/** The header value that shows a user name and password. Spec: RFC 7617. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
