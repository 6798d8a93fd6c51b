/** The spine's numbers as a person reads them. */
import { registryKinds } from '../e2e/counted-world.ts';
import type { RequestCount } from './count-requests.ts';
import type { Speed } from './measure-speed.ts';
import { renderTable } from './render-table.ts';
import type { Spine } from './spine.ts';

/** Tables of requests and of speed, for each registry. */
export function renderSpine({ registries }: Spine): string {
  const tables = registryKinds.map((kind) => {
    const { requests, speed } = registries[kind];
    return `\n${kind}\n\n${renderRequests(requests)}\n${renderSpeed(speed)}`;
  });
  return `${tables.join('')}\n`;
}

function renderRequests(requests: readonly RequestCount[]): string {
  const rows = requests.map((count) => [
    count.scenario,
    String(count.untilVisible),
    count.promisedMax === undefined ? '' : `<= ${count.promisedMax}`,
    String(count.after),
    String(count.movingBlobs),
    renderKinds(count.kindsUntilVisible),
  ]);
  return renderTable([['requests', 'visible', 'promised', 'after', 'move blobs', 'until visible'], ...rows]);
}

function renderKinds(kinds: Readonly<Record<string, number>>): string {
  return Object.entries(kinds)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

function renderSpeed(speed: Speed): string {
  const { promotionMs, rollbackMs, putMs } = speed;
  return renderTable([
    ['speed', 'ours', 'one manifest PUT', 'ratio'],
    [
      `rate over ${speed.apps} apps, 1/s`,
      String(speed.promotionsPerSecond),
      String(speed.putsPerSecond),
      String(speed.ratio),
    ],
    [
      `promotion visible, ms, p50 of ${promotionMs.count}`,
      String(promotionMs.p50),
      String(putMs.p50),
      speed.promotionPerPut.toFixed(1),
    ],
    [
      'promotion visible, ms, p95',
      String(promotionMs.p95),
      String(putMs.p95),
      (promotionMs.p95 / putMs.p95).toFixed(1),
    ],
    [
      `rollback visible, ms, p50 of ${rollbackMs.count}`,
      String(rollbackMs.p50),
      String(putMs.p50),
      (rollbackMs.p50 / putMs.p50).toFixed(1),
    ],
    ['rollback visible, ms, p95', String(rollbackMs.p95), String(putMs.p95), (rollbackMs.p95 / putMs.p95).toFixed(1)],
  ]);
}
