/** What the registry reports: it prints nothing itself. */
import type { TagMove } from '../core/tag-move.ts';
import type { CodedError } from '../errors/errors.ts';
import type { IdentityEvent } from '../identity/identity-event.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import type { Tag } from '../oci/spec/tag.ts';
import type { RulesEvent } from './access/current-rules.ts';
import type { HtpasswdEvent } from './access/htpasswd-file.ts';
import type { DamagedFile, ScrubReport } from './archive/scrub-report.ts';
import type { CollectionReport } from './collect/collection-report.ts';
import type { AwaitedLock } from './disk/lock/process-lock.ts';

export type RegistryEvent =
  /** A request was answered; `actor` is undefined when nobody was signed in, `why` when it was not refused. */
  | {
      readonly kind: 'answered';
      readonly method: string;
      readonly path: string;
      readonly status: number;
      /** False when the client went away before the end. */
      readonly whole: boolean;
      readonly actor: string | undefined;
      readonly remoteAddress: string;
      /** What a proxy says, or the client itself: for reading, not for believing. */
      readonly forwardedFor: string | undefined;
      readonly why: string | undefined;
      readonly durationMs: number;
    }
  | { readonly kind: 'blob-pushed' | 'blob-mounted' | 'blob-deleted'; readonly content: ContentEvent }
  /** `tags` were moved to the manifest, or were removed with it. */
  | {
      readonly kind: 'manifest-pushed' | 'manifest-deleted';
      readonly content: ContentEvent;
      readonly tags: readonly Tag[];
    }
  /** A manifest was read, by its digest or by a tag, by somebody who is not the promotion service. */
  | { readonly kind: 'manifest-pulled'; readonly content: ContentEvent; readonly tag: Tag | undefined }
  /** A tag names another digest than before, or was removed by itself; the move is what its history keeps. */
  | {
      readonly kind: 'tag-moved' | 'tag-deleted';
      readonly repository: RepositoryName;
      readonly tag: Tag;
      readonly actor: string;
      readonly move: TagMove;
    }
  /** Somebody changed a tag against the rules with these codes, and said why. */
  | {
      readonly kind: 'glass-broken';
      readonly repository: RepositoryName;
      readonly tag: Tag;
      readonly actor: string;
      readonly reason: string;
      readonly codes: readonly string[];
      readonly from: Digest | undefined;
      /** Undefined when the tag was removed. */
      readonly to: Digest | undefined;
      /** What the image needs, when that was deleted: the tag still names the image. */
      readonly lost: Digest | undefined;
    }
  /** The certificate of the settings is shown from now on; `validUntil` in epoch milliseconds. */
  | { readonly kind: 'certificate-loaded'; readonly validUntil: number }
  /** It ends within two weeks, or has ended: told when it is loaded, and once a day. */
  | { readonly kind: 'certificate-ending'; readonly validUntil: number }
  /** It is not for the host by which clients call the registry: those who see it themselves will not take it. */
  | { readonly kind: 'certificate-misnamed'; readonly host: string }
  /** What the files of the certificate hold now cannot be used: the one from before is still shown. */
  | { readonly kind: 'certificate-refused'; readonly code: string; readonly message: string }
  /** What became of a changed file of users, or of rules. */
  | HtpasswdEvent
  | RulesEvent
  /** The start waits to see whether the process lives that has the data directory. */
  | { readonly kind: 'lock-awaited'; readonly awaited: AwaitedLock }
  /** The data directory is not ours any more: nothing is changed in it from now on. */
  | { readonly kind: 'lock-lost'; readonly path: string }
  /** The disk of the data directory takes no writes at the start: it is served from, and nothing is changed in it. */
  | { readonly kind: 'disk-unwritable'; readonly path: string; readonly error: unknown }
  /** It takes writes again, and the directory is ours. */
  | { readonly kind: 'disk-writable'; readonly path: string }
  /** Another process has the directory by now, or had it meanwhile: what was read from it may be old. */
  | { readonly kind: 'directory-refused'; readonly error: CodedError }
  /** A record on disk cannot be read or contradicts itself. That of a tag keeps its name; any other counts as absent. */
  | { readonly kind: 'record-unreadable'; readonly path: string; readonly why: string }
  /** Counts of pulls could not be written; they are kept, and tried again. */
  | { readonly kind: 'counts-unwritten'; readonly error: unknown }
  /** Credentials were shown that are nobody's. */
  | { readonly kind: 'sign-in-failed'; readonly remoteAddress: string }
  /** The caller made more requests than it may. */
  | { readonly kind: 'rate-limited'; readonly actor: string | undefined }
  /** What the issuers of workloads' tokens are doing. */
  | IdentityEvent
  /** What nothing keeps was taken away. */
  | { readonly kind: 'collected'; readonly report: CollectionReport }
  /** A collection came to an end half way, or, when something could not be read, took nothing away at all. */
  | { readonly kind: 'collection-failed'; readonly error: unknown }
  /** A file's bytes are not what they should be; a blob or manifest was moved aside, and is served no more. */
  | { readonly kind: 'damage-found'; readonly file: DamagedFile }
  /** Everything was read again. */
  | { readonly kind: 'scrubbed'; readonly report: ScrubReport }
  | { readonly kind: 'scrub-failed'; readonly error: unknown }
  /** A request failed for a reason that is not the caller's. */
  | { readonly kind: 'failed'; readonly method: string; readonly path: string; readonly error: unknown };

export interface ContentEvent {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly actor: string;
}

export type OnRegistryEvent = (event: RegistryEvent) => void;
