/** What the promotion service is asked, free of nonsense. */
import type { Digest } from '../../oci/spec/digest.ts';

/** One of the commands that the service carries out. */
export type ServiceRequest = PromoteRequest | RollbackRequest | StatusRequest | ChatRequest;

/** Where the service is, and for whom the identity token is made out. */
export interface ServicePlace {
  /** http or https, without a path of its own unless the service has one. */
  readonly url: string;
  readonly audience: string;
}

/** Whether the end is waited for. */
export interface ServiceWait {
  readonly wait: boolean;
  readonly timeoutMs: number;
}

/** Neither version nor digest: what is current in the environment before. Both: they must agree. */
export interface PromoteRequest extends ServiceWait {
  readonly kind: 'promote';
  readonly service: ServicePlace;
  readonly app: string;
  readonly environment: string;
  /** Without `v` and component. */
  readonly version: string | undefined;
  readonly digest: Digest | undefined;
  readonly reason: string | undefined;
  readonly dryRun: boolean;
}

export interface RollbackRequest extends ServiceWait {
  readonly kind: 'rollback';
  readonly service: ServicePlace;
  readonly app: string;
  readonly environment: string;
  /** Version, digest or history number; undefined for the last good release. */
  readonly to: string | undefined;
  readonly reason: string;
  readonly dryRun: boolean;
}

/** Undefined names mean all of them. */
export interface StatusRequest {
  readonly kind: 'status';
  readonly service: ServicePlace;
  readonly app: string | undefined;
  readonly environment: string | undefined;
}

/** The comment itself comes with the event. */
export interface ChatRequest extends ServiceWait {
  readonly kind: 'chat';
  readonly service: ServicePlace;
  /** Token of GitHub for the reply; undefined replies nowhere. */
  readonly replyToken: string | undefined;
}
