/** What collections and scrubs have come to, for metrics. */
import type { RegistryEvent } from '../registry-event.ts';
import { type Metric, openCounter, renderValues } from './exposition.ts';

export interface UpkeepMetrics extends Metric {
  observe(event: RegistryEvent): void;
}

type ReportOf<Kind extends RegistryEvent['kind']> =
  Extract<RegistryEvent, { readonly kind: Kind }> extends {
    readonly report: infer Report;
  }
    ? Report
    : never;

const prefix = 'registry_action_registry_';

/** Nothing was looked after yet. */
export function openUpkeepMetrics(): UpkeepMetrics {
  const runs = openCounter(`${prefix}upkeep_runs_total`, 'Collections and scrubs, by how they ended.');
  const removed = openCounter(`${prefix}collected_bytes_total`, 'Bytes that collections removed for good.');
  for (const what of ['collection', 'scrub']) {
    for (const ended of ['whole', 'failed']) runs.add({ what, ended }, 0);
  }
  removed.add({}, 0);
  let collected: ReportOf<'collected'> | undefined;
  let scrubbed: ReportOf<'scrubbed'> | undefined;

  return {
    observe(event) {
      switch (event.kind) {
        case 'collected':
          runs.add({ what: 'collection', ended: 'whole' });
          removed.add({}, event.report.counts.removedBytes);
          collected = event.report;
          return;
        case 'scrubbed':
          runs.add({ what: 'scrub', ended: 'whole' });
          scrubbed = event.report;
          return;
        case 'collection-failed':
        case 'scrub-failed':
          runs.add({ what: event.kind === 'scrub-failed' ? 'scrub' : 'collection', ended: 'failed' });
          return;
        default:
          return;
      }
    },
    render: () => [
      ...runs.render(),
      ...removed.render(),
      ...renderValues(
        'gauge',
        [`${prefix}upkeep_ended_seconds`, 'When the last one that was not cut short ended, in epoch seconds.'],
        [
          [{ what: 'collection' }, secondsOf(collected)],
          [{ what: 'scrub' }, secondsOf(scrubbed)],
        ],
      ),
      ...renderValues(
        'gauge',
        [`${prefix}kept`, 'What the last collection found and kept.'],
        [
          [{ what: 'repositories' }, collected?.kept.repositories],
          [{ what: 'manifests' }, collected?.kept.manifests],
          [{ what: 'blobs' }, collected?.kept.blobs],
        ],
      ),
      ...renderValues(
        'gauge',
        [`${prefix}scrub_findings`, 'What the last scrub found to be wrong.'],
        [
          [{ what: 'damaged' }, scrubbed?.damaged.length],
          [{ what: 'missing' }, scrubbed?.missing.length],
          [{ what: 'unlisted' }, scrubbed?.unlisted],
          [{ what: 'in-quarantine' }, scrubbed?.inQuarantine],
        ],
      ),
    ],
  };
}

function secondsOf(report: { readonly endedAt: number } | undefined): number | undefined {
  return report && report.endedAt / 1_000;
}
