/** Through which door users and tokens are looked after: the service's, or that of a registry that runs without it. */
import { openApiClient } from '../../api/client/api-client.ts';
import type { RegistryAdmin } from '../../api/client/registry-admin.ts';
import { removedUserSchema, revokedTokenSchema } from '../../api/registry/removed-member.ts';
import {
  type TokenCreated,
  type TokenRequest,
  type TokenView,
  tokenCreatedSchema,
  tokenListSchema,
} from '../../api/token.ts';
import { type UserRequest, type UserView, userListSchema, userViewSchema } from '../../api/user.ts';
import { type ConnectionFlags, resolveConnection } from '../connection.ts';
import { assertServed, dataDirectoryOf } from '../data-directory.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from '../registry/registry-connection.ts';
import { readServiceAddress, type ServiceAddressFile } from '../service-address.ts';
import type { Shell } from '../shell.ts';

/** The flags that every verb has about users and tokens. */
export type MemberFlags = ConnectionFlags & RegistryConnectionFlags;

export interface MemberDoor {
  /** `host[:port]` to sign in to; undefined when that is not known here. */
  readonly signInHost: string | undefined;
  /** Every user with a password, by name. */
  listUsers(signal: AbortSignal): Promise<readonly UserView[]>;
  createUser(request: UserRequest, signal: AbortSignal): Promise<UserView>;
  removeUser(name: string, signal: AbortSignal): Promise<void>;
  /** Every token in the order of its making. */
  listTokens(signal: AbortSignal): Promise<readonly TokenView[]>;
  createToken(request: TokenRequest, signal: AbortSignal): Promise<TokenCreated>;
  revokeToken(id: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * The service's door, unless a registry is named or is all that serves here. Both keep the same file; the caller closes it.
 * @throws what `resolveConnection`, `openRegistryConnection` and `assertServed` throw.
 */
export async function openMemberDoor(shell: Shell, flags: MemberFlags): Promise<MemberDoor> {
  const served = await readServiceAddress(dataDirectoryOf(shell, flags));
  if (isRegistryMeant(shell, flags, served)) {
    return registryDoor(await openRegistryConnection(shell, flags), flags.registry === undefined ? served : {});
  }
  assertServed(shell, flags, { isServed: served.apiUrl !== undefined || isServiceNamed(shell, flags) });
  const { url, token } = await resolveConnection(shell, flags);
  const client = openApiClient({ url, token: token?.secret, env: shell.env });
  return { ...client, signInHost: hostOf(served.registryName ?? served.registryUrl) };
}

function isRegistryMeant(shell: Shell, flags: MemberFlags, served: ServiceAddressFile): boolean {
  if (flags.registry !== undefined) return true;
  return !isServiceNamed(shell, flags) && served.apiUrl === undefined && served.registryUrl !== undefined;
}

function isServiceNamed(shell: Shell, { url }: MemberFlags): boolean {
  return url !== undefined || (shell.env['REGISTRY_ACTION_URL'] ?? '') !== '';
}

const usersPath = '/admin/v1/users';
const tokensPath = '/admin/v1/tokens';

function registryDoor(admin: RegistryAdmin, served: ServiceAddressFile): MemberDoor {
  return {
    signInHost: hostOf(served.registryName ?? admin.url),
    listUsers: async (signal) =>
      (await admin.request({ method: 'GET', path: usersPath, schema: userListSchema, signal })).users,
    createUser: (body, signal) =>
      admin.request({ method: 'POST', path: usersPath, schema: userViewSchema, body, signal }),
    removeUser: async (name, signal) => {
      const path = `${usersPath}/${encodeURIComponent(name)}`;
      await admin.request({ method: 'DELETE', path, schema: removedUserSchema, signal });
    },
    listTokens: async (signal) =>
      (await admin.request({ method: 'GET', path: tokensPath, schema: tokenListSchema, signal })).tokens,
    createToken: (body, signal) =>
      admin.request({ method: 'POST', path: tokensPath, schema: tokenCreatedSchema, body, signal }),
    revokeToken: async (id, signal) => {
      const path = `${tokensPath}/${encodeURIComponent(id)}`;
      await admin.request({ method: 'DELETE', path, schema: revokedTokenSchema, signal });
    },
    close: () => admin.close(),
  };
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).host;
}
