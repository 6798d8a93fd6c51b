/** Everything about who comes in: put together from the directory, the settings and the keys of our tokens. */
import { type IdentityInit, openIdentity } from '../../identity/identity.ts';
import type { DataDirectory } from '../disk/data-directory.ts';
import { isLoopbackName } from '../http/from-inside.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import { type RegistrySettings, readRegistrySettings } from '../registry-settings.ts';
import type { AccessDirectory } from './access-file.ts';
import { basicChallenge, type Challenge } from './challenge.ts';
import { type ClientAddress, openClientAddress } from './client-address.ts';
import { fixedRules, followRules } from './current-rules.ts';
import { openSignIn, type SignIn } from './sign-in.ts';
import { openTokenIssuer, type TokenIssuer } from './token-issuer.ts';
import { openTokenKeys } from './token-keys.ts';

/** Who may come in, and how they are asked to. */
export interface RegistryAccess {
  readonly signIn: SignIn;
  readonly issuer: TokenIssuer;
  /** Where a request comes from, be there proxies in between that are believed. */
  readonly addressOf: ClientAddress;
  /** Users and API tokens. */
  readonly directory: AccessDirectory;
  /**
   * How clients of the distribution API are asked to sign in. Whoever asks from this machine itself, by its own name, is
   * asked by Basic where tokens are at another one: he may not get there, and our own service would not go.
   */
  challenge(isFromInside: boolean): Challenge;
  /** What our tokens are for, as challenges name it. */
  service(): string;
  close(): Promise<void>;
}

export interface RegistryAccessInit {
  readonly directory: AccessDirectory;
  readonly settings: RegistrySettings;
  /** The file that the settings are from; its access rules hold as they are there now. */
  readonly settingsFile: string | undefined;
  /** Where the keys of our tokens are; made when absent. */
  readonly keysFile: string;
  /** Asked before they are written. */
  readonly own: DataDirectory['own'];
  /** The URL by which the registry can be reached where no other is set; undefined while, or where, there is none. */
  readonly address: () => string | undefined;
  readonly proxy: IdentityInit['proxy'];
  readonly onEvent: OnRegistryEvent;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/** What tokens are for where nothing says how the registry is called: they come back to nobody but us. */
const namelessService = 'registry-action';

/**
 * Opens it. Whoever opens it closes it.
 * @throws InputError TOKEN_KEYS_INVALID, REGISTRY_SETTINGS_INVALID, CONFIG_INVALID for a file of an issuer.
 */
export async function openRegistryAccess(init: RegistryAccessInit): Promise<RegistryAccess> {
  const { directory, settings, settingsFile: path, address, proxy, onEvent, now } = init;
  const rules =
    path === undefined
      ? fixedRules(settings.rules)
      : await followRules({ path, read: async () => (await readRegistrySettings(path)).rules, onEvent });
  const url = () => settings.url ?? address();
  const service = () => hostOf(url()) ?? namelessService;
  const keys = await openTokenKeys(init.keysFile, now(), init.own);
  const issuer = openTokenIssuer({ keys, issuer: () => url() ?? namelessService, service, now });
  const { issuers } = settings;
  const identity =
    issuers.length === 0 ? undefined : await openIdentity({ issuers, rules: () => rules.list, proxy, now, onEvent });
  return {
    signIn: openSignIn({ access: directory, issuer, identity, rules, now }),
    issuer,
    addressOf: openClientAddress(settings.proxies),
    directory,
    challenge(isFromInside) {
      const base = url();
      const offersTokens =
        settings.url !== undefined || rules.members.anonymous !== undefined || identity !== undefined;
      if (!offersTokens || base === undefined) return basicChallenge;
      if (isFromInside && !isLoopbackName(new URL(base).hostname)) return basicChallenge;
      return { kind: 'bearer', realm: new URL('/token', base).href, service: service() };
    },
    service,
    close: async () => await identity?.close(),
  };
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).host;
}
