/** What came of signing in. */
import type { Actor } from '../../core/access.ts';
import type { TokenHolder } from './token-holder.ts';
import type { TokenScope } from './token-scope.ts';

/** Somebody who is believed. */
export interface Session {
  readonly actor: Actor;
  /** Whom a token of ours would name. */
  readonly holder: TokenHolder;
  /** What the token is for that was shown; undefined where it was none of ours, and everything is that the actor may. */
  readonly scope: TokenScope | undefined;
  /** Epoch milliseconds after which a job of a CI system has to show anew whose it is. */
  readonly endsAt?: number;
}

/** Somebody who is not: without credentials, with wrong ones, or too soon after wrong ones. */
export type SignInFault =
  | { readonly fault: 'absent' }
  /** `isToken`: it was shown as a bearer token. `why`: what a job is told of its own token. */
  | { readonly fault: 'wrong'; readonly isToken: boolean; readonly why?: string }
  | { readonly fault: 'early'; readonly waitMs: number };
