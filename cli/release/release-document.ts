/** What became of a release as one JSON object: of `--json`, and of an output file. */
import { type ReleaseMetadata, releaseOutputs } from '../../release/outputs/release-outputs.ts';
import type { ReleaseOutcome } from '../../release/release-outcome.ts';
import type { FailureText } from '../report-failure.ts';

/** Everything about a release. Members may be added, none changes its meaning. */
export interface ReleaseDocument extends ReleaseMetadata, PromotionPart {}

/** What is added where a promotion was asked for. */
export interface PromotionPart {
  /** The id is null when nothing had to change, or a policy said no. */
  readonly promotion?: { readonly id: string | null; readonly state: string };
  /** Why it failed, or what holds it up. */
  readonly error?: FailureText;
}

/** The object of the outcome. */
export function releaseDocument(outcome: ReleaseOutcome): ReleaseDocument {
  return releaseOutputs(outcome).metadata;
}
