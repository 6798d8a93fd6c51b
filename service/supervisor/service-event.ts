/** What the supervisor tells while it starts, keeps and closes the parts. */
import type { ErrorCode } from '../../errors/catalogue.ts';

/** Something that happened to the service; whoever started it decides what to print. */
export type ServiceEvent =
  /** First start: the administrator's token, told once and kept in the file as well. */
  | { readonly kind: 'first-start'; readonly adminToken: string; readonly adminTokenPath: string }
  /** A part works for the first time. */
  | { readonly kind: 'part-started'; readonly part: string; readonly pid: number; readonly url: string | undefined }
  /** A part died though nobody closed it; it is started again after the delay. */
  | {
      readonly kind: 'part-exited';
      readonly part: string;
      readonly pid: number;
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
      readonly restartDelayMs: number;
    }
  /** It works again. */
  | { readonly kind: 'part-restarted'; readonly part: string; readonly pid: number; readonly url: string | undefined }
  /** An attempt to start it again failed; the next follows after the delay. */
  | {
      readonly kind: 'part-restart-failed';
      readonly part: string;
      readonly code: ErrorCode;
      readonly message: string;
      readonly restartDelayMs: number;
    }
  /** The embedded registry has the access rules that the configuration says now. */
  | { readonly kind: 'rules-changed'; readonly rules: number }
  /** Something to look at that does not stop the service. */
  | { readonly kind: 'warned'; readonly about: string; readonly message: string }
  /** Everything works. */
  | { readonly kind: 'ready'; readonly apiUrl: string | undefined; readonly registryUrl: string | undefined }
  /** Everything is being closed, because somebody asked or because the start failed. */
  | { readonly kind: 'closing' }
  /** A part has ended because it was told to. */
  | { readonly kind: 'part-closed'; readonly part: string };
