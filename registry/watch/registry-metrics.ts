/** What the registry counts of itself, as text for a scraper. No repository, tag or name is in it. */
import type { RegistryEvent } from '../registry-event.ts';
import type { StorageHealth } from '../storage.ts';
import { type Counter, type Labels, openCounter, openHistogram, renderValues } from './exposition.ts';
import { routeKindOf } from './route-kind.ts';
import { openUpkeepMetrics } from './upkeep-metrics.ts';

export interface RegistryMetrics {
  observe(event: RegistryEvent): void;
  /** All of it. Spec: Prometheus documentation, "Text-based format". */
  render(now: MetricsNow): string;
}

/** What is looked up when somebody asks. */
export interface MetricsNow {
  readonly version: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly connections: number;
  readonly uploads: number;
  readonly followers: number;
  readonly health: StorageHealth | undefined;
  /** Bytes of all content; undefined before it was first counted. */
  readonly contentBytes: number | undefined;
  /** When the certificate that is shown ends, in epoch milliseconds; undefined without TLS. */
  readonly certificateEndsAt: number | undefined;
}

/** The media type of the text. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** Upper bounds of the duration's buckets, in seconds: from a manifest in memory to a large layer. */
const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Methods that are told apart; a client may invent others. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** What was done to content. */
const contentKinds: readonly RegistryEvent['kind'][] = [
  ...(['manifest-pushed', 'manifest-pulled', 'manifest-deleted', 'tag-moved', 'tag-deleted', 'glass-broken'] as const),
  ...(['blob-pushed', 'blob-mounted', 'blob-deleted'] as const),
];

/** Counters at nothing. */
export function openRegistryMetrics(): RegistryMetrics {
  const requests = openCounter('registry_action_registry_requests_total', 'Requests answered.');
  const durations = openHistogram(
    'registry_action_registry_request_duration_seconds',
    'From the head of a request to the end of its answer.',
    durationBounds,
  );
  const counted = openEventCounters();
  const upkeep = openUpkeepMetrics();
  const labels = openRequestLabels();

  return {
    observe(event) {
      if (event.kind !== 'answered') {
        counted.observe(event);
        upkeep.observe(event);
        return;
      }
      const route = routeKindOf(event.path);
      const method = methods.has(event.method) ? event.method : 'other';
      requests.add(labels.of(method, route, String(event.status)));
      if (!event.whole) counted.cutOff.add({ route });
      durations.observe(labels.of(method, route), event.durationMs / 1000);
    },
    render(now) {
      const metrics = [requests, durations, ...counted.metrics, upkeep];
      const lines = [...metrics.flatMap((metric) => metric.render()), ...renderNow(now)];
      return `${lines.join('\n')}\n`;
    },
  };
}

/** Labels of requests, each made once: there are some hundred, and every request needs two. */
function openRequestLabels() {
  const known = new Map<string, Labels>();
  return {
    of(method: string, route: string, status = ''): Labels {
      const key = `${method} ${route} ${status}`;
      const labels = known.get(key) ?? (status === '' ? { method, route } : { method, route, status });
      known.set(key, labels);
      return labels;
    },
  };
}

/** What is counted beside the requests. */
function openEventCounters() {
  const cutOff = openCounter('registry_action_registry_cut_off_total', 'Answers that the client did not take whole.');
  const content = openCounter('registry_action_registry_content_total', 'What was pushed, mounted, deleted, pulled.');
  const signIns = openCounter('registry_action_registry_sign_in_failures_total', 'Credentials that are nobody’s.');
  const limited = openCounter('registry_action_registry_rate_limited_total', 'Requests sent away by the rate limit.');
  const failures = openCounter('registry_action_registry_failures_total', 'Requests that failed for our reasons.');
  const unreadable = openCounter('registry_action_registry_unreadable_records_total', 'Records that cannot be read.');

  // From nothing on: whoever watches for the first one would miss it in a series that begins with it.
  for (const counter of [signIns, limited, failures, unreadable]) counter.add({}, 0);
  const contentLabels = new Map(contentKinds.map((what) => [what, { what }]));
  for (const labels of contentLabels.values()) content.add(labels, 0);

  const counterOf: Readonly<Partial<Record<RegistryEvent['kind'], Counter>>> = {
    'sign-in-failed': signIns,
    'rate-limited': limited,
    failed: failures,
    'record-unreadable': unreadable,
  };

  return {
    cutOff,
    metrics: [cutOff, content, signIns, limited, failures, unreadable],
    observe({ kind }: RegistryEvent) {
      const labels = contentLabels.get(kind);
      if (labels !== undefined) content.add(labels);
      else counterOf[kind]?.add({});
    },
  };
}

function renderNow(now: MetricsNow): readonly string[] {
  const gauge = (name: string, help: string, value: number | undefined) =>
    renderValues('gauge', [`registry_action_registry_${name}`, help], [[{}, value]]);
  const { health } = now;
  return [
    ...renderValues(
      'gauge',
      ['registry_action_registry_build_info', 'The version that runs.'],
      [[{ version: now.version }, 1]],
    ),
    ...renderValues(
      'counter',
      ['registry_action_registry_network_bytes_total', 'Bytes over the wire.'],
      [
        [{ direction: 'in' }, now.receivedBytes],
        [{ direction: 'out' }, now.sentBytes],
      ],
    ),
    ...gauge('connections', 'Connections that are open.', now.connections),
    ...gauge('uploads', 'Uploads that are under way.', now.uploads),
    ...gauge('followers', 'Requests that wait for events.', now.followers),
    ...gauge('content_bytes', 'Bytes of all blobs, each counted once.', now.contentBytes),
    ...gauge(
      'certificate_ends_seconds',
      'When the certificate that is shown ends, in epoch seconds.',
      now.certificateEndsAt && now.certificateEndsAt / 1_000,
    ),
    ...gauge('disk_free_bytes', 'Free on the disk of the data directory.', health?.freeBytes),
    ...gauge('disk_size_bytes', 'Size of the disk of the data directory.', health?.totalBytes),
    ...gauge('writable', 'Whether the data directory takes writes.', health && Number(health.unwritable === undefined)),
  ];
}
