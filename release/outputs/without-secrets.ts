/** An outcome that can be shown: registries and builders may repeat what they were given. */
import type { ReleaseOutcome } from '../release-outcome.ts';

/** The outcome with every message of others gone through `hide`. */
export function withoutSecrets(outcome: ReleaseOutcome, hide: (text: string) => string): ReleaseOutcome {
  const { origin } = outcome;
  return {
    ...outcome,
    warnings: outcome.warnings.map((warning) => ({ ...warning, message: hide(warning.message) })),
    places: outcome.places.map((place) => {
      const { error } = place;
      if (error === undefined) return place;
      return { ...place, error: { ...error, message: hide(error.message), wayOut: hide(error.wayOut) } };
    }),
    origin:
      origin.kind === 'built'
        ? { ...origin, warnings: origin.warnings.map((one) => ({ ...one, message: hide(one.message) })) }
        : origin,
  };
}
