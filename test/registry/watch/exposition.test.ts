/** Counting for metrics: sorts of requests, and series that are bounded whatever is counted. */
import { describe, expect, test } from 'vitest';
import type { RegistryEvent } from '../../../registry/registry-event.ts';
import { openCounter, openHistogram } from '../../../registry/watch/exposition.ts';
import { openRegistryMetrics } from '../../../registry/watch/registry-metrics.ts';
import { routeKindOf, routeKinds } from '../../../registry/watch/route-kind.ts';

describe('what is counted', () => {
  test.each([
    ['/v2/', 'ping'],
    ['/v2', 'ping'],
    ['/v2/_catalog', 'catalog'],
    ['/v2/a/manifests/latest', 'manifest'],
    ['/v2/a/blobs/uploads/', 'upload'],
    ['/v2/a/blobs/uploads', 'upload'],
    ['/v2/a/blobs/uploads/id', 'upload'],
    ['/v2/a/blobs/sha256:0', 'blob'],
    ['/v2/a/manifests/blobs/x', 'blob'],
    ['/v2/a/tags/list', 'tags'],
    ['/v2/a/referrers/sha256:0', 'referrers'],
    ['/v2/a/b', 'other'],
    ['/v2/x', 'other'],
    ['/admin/v1/events', 'admin'],
    ['/readyz', 'health'],
    ['/metrics', 'metrics'],
    ['/token', 'token'],
    ['/constructor', 'other'],
    ['', 'other'],
  ])('%j is of the sort %s', (path, kind) => {
    expect(routeKindOf(path)).toBe(kind);
    expect(routeKinds).toContain(kind);
  });

  test('has a bounded number of series, and no text that could break a line', () => {
    const counter = openCounter('many_total', 'Many.');
    for (let at = 0; at < 2_000; at += 1) counter.add({ label: `${at}\n"\\` });
    const lines = counter.render();
    expect(lines.length).toBeLessThan(600);
    expect(lines).toContain('many_total{label="0\\n\\"\\\\"} 1');
    expect(lines.at(-1)).toBe('many_total{further="true"} 1500');
  });

  test('lies in every bucket that it fits into', () => {
    const histogram = openHistogram('took_seconds', 'Took.', [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe({}, value);
    expect(histogram.render().slice(2)).toEqual([
      'took_seconds_bucket{le="0.1"} 2',
      'took_seconds_bucket{le="1"} 3',
      'took_seconds_bucket{le="+Inf"} 4',
      'took_seconds_sum 7.65',
      'took_seconds_count 4',
    ]);
  });

  test('stays one series however many requests there are', () => {
    const counted = openRegistryMetrics();
    const event: RegistryEvent = {
      ...{ kind: 'answered', method: 'GET', path: '/v2/team/app/manifests/latest', status: 200 },
      ...{ whole: true, actor: 'ci', remoteAddress: '192.0.2.1', forwardedFor: undefined, why: undefined },
      durationMs: 1,
    };
    for (let at = 0; at < 100_000; at += 1) counted.observe(event);
    const text = counted.render({
      ...{ version: '1', receivedBytes: 0, sentBytes: 0, connections: 0, uploads: 0, followers: 0 },
      ...{ health: undefined, contentBytes: undefined, certificateEndsAt: undefined },
    });
    expect(text).toContain('requests_total{method="GET",route="manifest",status="200"} 100000\n');
    expect(text).not.toContain('disk_free_bytes');
  });
});
