/** Who signs in at a registry, as far as it tells whose requests are counted together. */
import { createHash } from 'node:crypto';
import type { RegistryConfig } from '../core/config.ts';
import type { CredentialSource, Credentials } from '../oci/client/sign-in/credentials.ts';
import { parseEndpoint } from '../oci/client/wire/endpoint.ts';

/**
 * A name for the account, equal for whoever signs in as the same user, however they do: no secret, nor anything that a
 * secret can be found from. Whose files name nobody is anonymous; where they cannot be read, all of these are one.
 * Namespaces with credentials of their own count with the registry's.
 */
export async function resolveAccount(
  { url, auth }: RegistryConfig,
  credentials: CredentialSource | undefined,
): Promise<string> {
  if (auth.kind === 'password') return accountOf({ username: auth.username, password: '' });
  if (auth.kind !== 'docker-config' || credentials === undefined) return auth.kind;
  try {
    const found = await credentials(parseEndpoint(url).registry);
    return found === undefined ? 'anonymous' : accountOf(found);
  } catch {
    return auth.kind;
  }
}

function accountOf(credentials: Credentials): string {
  if ('username' in credentials) return `user:${credentials.username}`;
  const [token = ''] = Object.values(credentials);
  return `token:${createHash('sha256').update(token).digest('hex')}`;
}
