/** The one door in memory: promotions are current at once, ids count up, idempotency keys are honoured. */
import type { HistoryEntry, HistoryView } from '../../../api/history.ts';
import type { PlanView } from '../../../api/plan.ts';
import type { PromotionRequest, PromotionView, RollbackRequest, Submitted } from '../../../api/promotion.ts';
import type { Reason } from '../../../api/reason.ts';
import type { Actor } from '../../../core/access.ts';
import { ConflictError, InputError, NotFoundError } from '../../../errors/errors.ts';
import type { Promotions } from '../../../service/promotions.ts';

/** What a test may see and set. */
export interface MemoryPromotions extends Promotions {
  /** Reasons with which the gates refuse from now on. */
  refuseWith: readonly Reason[];
  /** Thrown by every method while set. */
  failWith: unknown;
  /** What arrived, in order. */
  readonly arrived: readonly Arrival[];
}

export interface Arrival {
  readonly kind: 'promotion' | 'rollback';
  readonly request: PromotionRequest | RollbackRequest;
  readonly actor: Actor;
  readonly idempotencyKey: string | undefined;
}

const environments = ['dev', 'staging', 'production'];

/** The digest of a version, for tests to compare with. */
export function digestOfVersion(version: string): string {
  return `sha256:${Buffer.from(version).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

/** Opens the door over the apps, with nothing promoted yet. */
export function openMemoryPromotions(apps: readonly string[], now: () => number): MemoryPromotions {
  const promotions = new Map<string, PromotionView>();
  const histories = new Map<string, HistoryEntry[]>();
  const byKey = new Map<string, Submitted>();
  const arrived: Arrival[] = [];

  const assertKnown = (app: string, environment: string) => {
    if (!apps.includes(app)) throw new NotFoundError({ code: 'APP_UNKNOWN', message: `unknown app: ${app}` });
    if (environments.includes(environment)) return;
    throw new NotFoundError({ code: 'ENVIRONMENT_UNKNOWN', message: `unknown environment: ${environment}` });
  };
  const historyOf = (app: string, environment: string) => histories.get(`${app}@${environment}`) ?? [];

  const submit = (arrival: Arrival, version: string): Submitted => {
    const { request, actor, idempotencyKey } = arrival;
    if (door.failWith !== undefined) throw door.failWith;
    arrived.push(arrival);
    assertKnown(request.app, request.environment);
    const earlier = idempotencyKey === undefined ? undefined : byKey.get(idempotencyKey);
    if (earlier !== undefined) return earlier;
    const [current] = historyOf(request.app, request.environment);
    if (request.expectedCurrent !== undefined && request.expectedCurrent !== current?.digest) {
      const message = `no longer current: ${request.expectedCurrent}`;
      throw new ConflictError({ code: 'EXPECTED_CURRENT_CHANGED', message });
    }
    const plan = planOf(arrival, version, current, door.refuseWith);
    if (request.dryRun === true || !plan.decision.allowed || current?.digest === plan.to)
      return { changed: false, plan };
    const number = (current?.number ?? 0) + 1;
    const promotion: PromotionView = {
      ...{ id: `p-${promotions.size + 1}`, kind: arrival.kind, app: request.app, environment: request.environment },
      ...{ version, digest: plan.to, from: plan.from, state: 'promoted', actor: actor.name, reason: request.reason },
      ...{ requestedAt: new Date(now()).toISOString(), number, attempts: 1, planId: plan.planId },
    };
    promotions.set(promotion.id, promotion);
    histories.set(`${request.app}@${request.environment}`, [
      entryOf(promotion, number),
      ...historyOf(request.app, request.environment).map((entry) => ({ ...entry, current: false })),
    ]);
    const submitted = { changed: true, plan, promotion };
    if (idempotencyKey !== undefined) byKey.set(idempotencyKey, submitted);
    return submitted;
  };

  const door: MemoryPromotions = {
    refuseWith: [],
    failWith: undefined,
    arrived,
    async submitPromotion(request, actor, idempotencyKey) {
      const version = request.version ?? '1.0.0';
      if (!/^\d+\.\d+\.\d+$/.test(version)) {
        throw new InputError({ code: 'VERSION_INVALID', message: `not a version: ${version}` });
      }
      return submit({ kind: 'promotion', request, actor, idempotencyKey }, version);
    },
    async submitRollback(request, actor, idempotencyKey) {
      return submit({ kind: 'rollback', request, actor, idempotencyKey }, request.to ?? '0.9.0');
    },
    async status() {
      if (door.failWith !== undefined) throw door.failWith;
      return {
        apps: apps.map((app) => ({
          app,
          environments: environments.map((environment) => {
            const [current] = historyOf(app, environment);
            if (current === undefined) return { environment, state: 'empty' as const };
            return { environment, state: 'current' as const, digest: current.digest, number: current.number };
          }),
        })),
        environments,
        at: new Date(now()).toISOString(),
      };
    },
    async history(app, environment): Promise<HistoryView> {
      if (door.failWith !== undefined) throw door.failWith;
      assertKnown(app, environment);
      return { app, environment, entries: historyOf(app, environment) };
    },
    async read(id) {
      if (door.failWith !== undefined) throw door.failWith;
      const promotion = promotions.get(id);
      if (promotion !== undefined) return promotion;
      throw new NotFoundError({ code: 'PROMOTION_UNKNOWN', message: `unknown promotion: ${id}` });
    },
  };
  return door;
}

function planOf(
  { kind, request }: Arrival,
  version: string,
  current: HistoryEntry | undefined,
  reasons: readonly Reason[],
): PlanView {
  const { app, environment } = request;
  return {
    planId: `plan-${app}-${environment}-${version}`,
    ...{ kind, app, environment, version, from: current?.digest, to: digestOfVersion(version), toVersion: version },
    ...{ source: `dev/${app}`, target: `${environment}/${app}`, tags: [version, environment] },
    decision: { allowed: reasons.length === 0, reasons },
    willHold: kind === 'rollback',
    supersedes: [],
    undo: `registry-action rollback ${app} ${environment}`,
  };
}

function entryOf(promotion: PromotionView, number: number): HistoryEntry {
  return {
    ...{ number, digest: promotion.digest, version: promotion.version, kind: promotion.kind, by: promotion.actor },
    ...{ at: promotion.requestedAt, current: true, receipted: true, direct: false, good: true, quarantined: false },
  };
}
