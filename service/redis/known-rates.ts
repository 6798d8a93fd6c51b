/** How many requests the well-known registries take, as they say themselves or as people found out. */
import type { BudgetRates } from './request-budget.ts';

/**
 * Quotas of one account in one region, by which ECR throttles: PutImage 10, InitiateLayerUpload and CompleteLayerUpload
 * 100, BatchCheckLayerAvailability 1000 and BatchGetImage 2000 a second. An upload is two requests.
 */
const ecr: BudgetRates = {
  read: { perSecond: 1_000, burst: 1_000 },
  'manifest-read': { perSecond: 1_000, burst: 1_000 },
  write: { perSecond: 200, burst: 200 },
  'manifest-write': { perSecond: 10, burst: 20 },
};

/** About 2 000 a minute together is what people found; the half of it for documents, since blobs are served elsewhere. */
const ghcr: BudgetRates = {
  read: { perSecond: 12, burst: 300 },
  'manifest-read': { perSecond: 12, burst: 300 },
  write: { perSecond: 6, burst: 150 },
  'manifest-write': { perSecond: 3, burst: 50 },
};

/** A tenth of the 60 000 a minute that a project has, since builds use it as well. */
const google: BudgetRates = {
  read: { perSecond: 50, burst: 1_000 },
  'manifest-read': { perSecond: 50, burst: 1_000 },
};

/** The rates for the host; none for one we know nothing of, or whose rates depend on what is paid for. */
export function knownRates(host: string): BudgetRates {
  if (/^\d{12}\.dkr\.ecr\.[^.]+\.amazonaws\.com(?:\.cn)?$/.test(host)) return ecr;
  if (host === 'ghcr.io') return ghcr;
  if (host.endsWith('.pkg.dev') || host === 'gcr.io' || host.endsWith('.gcr.io')) return google;
  return {};
}
