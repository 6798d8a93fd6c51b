/** Credentials for registries, from where container tools keep them. */
import { authFileCredentials } from '../oci/client/sign-in/auth-files.ts';
import { type CredentialSource, firstOf } from '../oci/client/sign-in/credentials.ts';
import { readServiceAddress } from './service-address.ts';
import type { Shell } from './shell.ts';
import { findToken } from './token.ts';

/** Credentials of this machine's container tools, else those that `serve` left for its own registry. */
export function localCredentials(shell: Shell, dataDirectory: string): CredentialSource {
  return firstOf([authFileCredentials(shell.env), embeddedCredentials(dataDirectory)]);
}

/** The token that `serve` left, for the registry that it serves and for no other. */
export function embeddedCredentials(dataDirectory: string): CredentialSource {
  return async (host) => {
    const { registryUrl } = await readServiceAddress(dataDirectory);
    if (registryUrl === undefined || host !== new URL(registryUrl).host) return undefined;
    const token = await findToken({ fromEnvironment: undefined, file: undefined, dataDirectory });
    return token === undefined ? undefined : { username: 'token', password: token.secret };
  };
}
