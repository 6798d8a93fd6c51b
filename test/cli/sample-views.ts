/** Views as the service answers them, one for each thing that can be seen in them. */
import type { HistoryView } from '../../api/history.ts';
import type { PlanView } from '../../api/plan.ts';
import type { PromotionView } from '../../api/promotion.ts';
import type { EnvironmentStatus, StatusMatrix } from '../../api/status.ts';
import type { Whoami } from '../../api/whoami.ts';

/** The moment at which everything is looked at. */
export const sampleNow = Date.parse('2026-03-01T12:00:00.000Z');

/** Digests whose first digits tell them apart. */
export const digests = {
  first: `sha256:1a1a1a1a1a1a${'0'.repeat(52)}`,
  second: `sha256:2b2b2b2b2b2b${'0'.repeat(52)}`,
  third: `sha256:3c3c3c3c3c3c${'0'.repeat(52)}`,
} as const;

/** The time so many milliseconds before `sampleNow`. */
export function ago(spanMs: number): string {
  return new Date(sampleNow - spanMs).toISOString();
}

/** A promotion of web 1.1.0 to production, on its way unless told otherwise. */
export function promotionView(changes: Partial<PromotionView> = {}): PromotionView {
  return {
    id: '01J0PROMOTION',
    kind: 'promotion',
    app: 'web',
    environment: 'production',
    version: '1.1.0',
    digest: digests.second,
    from: digests.first,
    state: 'copying',
    actor: 'ann',
    requestedAt: ago(3000),
    attempts: 1,
    planId: 'sha256:plan',
    ...changes,
  };
}

/** A plan that promotes web from 1.0.0 to 1.1.0 in production, allowed unless told otherwise. */
export function planView(changes: Partial<PlanView> = {}): PlanView {
  return {
    planId: 'sha256:plan',
    kind: 'promotion',
    app: 'web',
    environment: 'production',
    version: '1.1.0',
    from: digests.first,
    fromVersion: '1.0.0',
    to: digests.second,
    toVersion: '1.1.0',
    source: '127.0.0.1:7421/staging/web',
    target: '127.0.0.1:7421/production/web',
    tags: ['1.1.0', 'production'],
    decision: { allowed: true, reasons: [] },
    willHold: false,
    supersedes: [],
    undo: 'registry-action rollback web production --to 1.0.0 --reason "…"',
    ...changes,
  };
}

/** A cell in which 1.0.0 is current. */
export function cell(environment: string, changes: Partial<EnvironmentStatus> = {}): EnvironmentStatus {
  return {
    environment,
    version: '1.0.0',
    digest: digests.first,
    number: 1,
    since: ago(65_000),
    by: 'ann',
    state: 'current',
    ...changes,
  };
}

/** Three environments and the given rows. */
export function matrixOf(rows: Readonly<Record<string, readonly EnvironmentStatus[]>>): StatusMatrix {
  const apps = Object.entries(rows).map(([app, environments]) => ({ app, environments }));
  return { apps, environments: ['dev', 'staging', 'production'], at: new Date(sampleNow).toISOString() };
}

/** Every state a cell can be in. */
export const busyMatrix: StatusMatrix = matrixOf({
  web: [
    cell('dev', { version: '1.1.0', digest: digests.second, since: ago(4000) }),
    cell('staging', {
      since: ago(7_200_000),
      state: 'promoting',
      promotion: promotionView({ environment: 'staging', progress: { bytesCopied: 63, bytesTotal: 100 } }),
    }),
    cell('production', { hold: { by: 'admin', reason: '1.1.0 loses orders', since: ago(300_000) } }),
  ],
  'team/api': [
    cell('dev', { version: undefined, since: ago(259_200_000) }),
    { environment: 'staging', state: 'empty' },
    cell('production', { state: 'drifted', drift: { expected: digests.first, found: digests.third } }),
  ],
  worker: [
    cell('dev'),
    cell('staging', {
      promotion: promotionView({
        environment: 'staging',
        app: 'worker',
        state: 'failed',
        error: { code: 'REGISTRY_REFUSED', message: 'the registry answered 500', wayOut: 'try again' },
      }),
    }),
    {
      environment: 'production',
      state: 'unreachable',
      error: {
        code: 'REGISTRY_UNREACHABLE',
        message: 'registry does not answer: prod.example',
        wayOut: 'see that it runs',
      },
    },
  ],
});

/** An operator, signed in by a token. */
export const sampleWhoami: Whoami = {
  actor: 'ann',
  kind: 'token',
  role: 'operator',
  grants: [{ may: ['read', 'promote', 'rollback'] }],
  notes: [],
};

/** Four releases: good, quarantined, direct, without receipt. */
export const sampleHistory: HistoryView = {
  app: 'web',
  environment: 'production',
  entries: [
    {
      number: 4,
      digest: digests.first,
      version: '1.0.0',
      kind: 'rollback',
      by: 'admin',
      reason: '1.1.0 loses orders, see the incident channel for everything we know so far',
      at: ago(300_000),
      current: true,
      receipted: true,
      direct: false,
      good: true,
      quarantined: false,
      from: digests.second,
    },
    {
      number: 3,
      digest: digests.second,
      version: '1.1.0',
      kind: 'promotion',
      by: 'ann',
      reason: 'new checkout',
      at: ago(7_200_000),
      current: false,
      receipted: true,
      direct: false,
      good: false,
      quarantined: true,
      from: digests.first,
    },
    {
      number: 2,
      digest: digests.first,
      version: '1.0.0',
      kind: 'promotion',
      by: 'ann',
      at: ago(86_400_000 * 40),
      current: false,
      receipted: true,
      direct: true,
      good: true,
      quarantined: false,
    },
    {
      number: 1,
      digest: digests.third,
      kind: 'unknown',
      current: false,
      receipted: false,
      direct: false,
      good: false,
      quarantined: false,
    },
  ],
};
