/** The gates of a promotion that need no evidence from outside: each answers with every reason it has. */
import { type Digest, shortDigest } from '../oci/spec/digest.ts';
import { type Decision, decisionFrom, type Reason } from './decision.ts';
import type { Release } from './plan.ts';

/** What the gates look at. */
export interface GateView {
  readonly app: string;
  readonly environment: string;
  readonly to: Release;
  /** Digests that were rolled back from in the target environment. */
  readonly quarantined: ReadonlySet<Digest>;
  /** Set for the environment upstream; undefined where there is none. */
  readonly upstream: UpstreamView | undefined;
  readonly automatic: boolean;
  /** Whether automation is held in the target environment. */
  readonly held: boolean;
}

/** The environment upstream, and what was current there. */
export interface UpstreamView {
  readonly environment: string;
  /** Digests that are or were current there. */
  readonly wasCurrent: ReadonlySet<Digest>;
}

/** Whether the promotion may go on. A rollback asks no gate. */
export function evaluateGates(view: GateView): Decision {
  return decisionFrom([...quarantine(view), ...upstream(view), ...hold(view)]);
}

function quarantine(view: GateView): readonly Reason[] {
  if (!view.quarantined.has(view.to.digest)) return [];
  return [
    {
      code: 'DIGEST_QUARANTINED',
      message: `${nameOf(view.to)} was rolled back from in ${view.environment} and is quarantined`,
      wayOut: `release a new version, or go to it on purpose: registry-action rollback ${view.app} ${view.environment} --to ${view.to.version ?? view.to.digest} --reason "…"`,
    },
  ];
}

function upstream(view: GateView): readonly Reason[] {
  if (view.upstream === undefined || view.upstream.wasCurrent.has(view.to.digest)) return [];
  return [
    {
      code: 'UPSTREAM_NEVER_CURRENT',
      message: `${nameOf(view.to)} was never current in ${view.upstream.environment}`,
      wayOut: `promote it there first: registry-action promote ${view.app} ${view.upstream.environment}${view.to.version === undefined ? '' : ` --version ${view.to.version}`}`,
    },
  ];
}

function hold(view: GateView): readonly Reason[] {
  if (!(view.automatic && view.held)) return [];
  return [
    {
      code: 'AUTOMATION_HELD',
      message: `automation is held in ${view.environment}`,
      wayOut: `promote by hand: registry-action promote ${view.app} ${view.environment}`,
    },
  ];
}

function nameOf(release: Release): string {
  return release.version ?? shortDigest(release.digest);
}
