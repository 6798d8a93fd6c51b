/** What is told of collections and scrubs: how much, to those who follow, and to whoever scrapes. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRegistryMetrics } from '../../../registry/watch/registry-metrics.ts';
import { jsonOf, openRegistryUnderTest } from '../registry-under-test.ts';

describe('upkeep', () => {
  test('that an administrator asks for shows in the journal and in the metrics, by how much', async () => {
    const registry = await openRegistryUnderTest();
    onTestFinished(() => registry.close());
    const { next } = jsonOf(await registry.call({ path: '/admin/v1/events' })) as { next: string };
    expect((await registry.call({ method: 'POST', path: '/admin/v1/collections', body: '{}' })).status).toBe(200);
    expect((await registry.call({ method: 'POST', path: '/admin/v1/scrubs', body: '{}' })).status).toBe(202);
    expect((await registry.call({ path: '/admin/v1/scrubs/latest' })).status).toBe(200);
    const { events } = jsonOf(await registry.call({ path: `/admin/v1/events?after=${next}&kinds=upkeep` })) as {
      events: Record<string, unknown>[];
    };
    expect(events).toMatchObject([
      { kind: 'upkeep', what: 'collected', dryRun: false, more: false, counts: { removed: 0 } },
      { kind: 'upkeep', what: 'scrubbed', damaged: 0, missing: 0 },
    ]);
    const { text } = await registry.call({ path: '/metrics' });
    for (const line of [
      'upkeep_runs_total{what="collection",ended="whole"} 1',
      'upkeep_runs_total{what="scrub",ended="whole"} 1',
      'collected_bytes_total 0',
      'scrub_findings{what="damaged"} 0',
      'kept{what="manifests"} 0',
    ]) {
      expect(text).toContain(`registry_action_registry_${line}\n`);
    }
  });
});

describe('metrics', () => {
  test('tell of upkeep that failed, and nothing of what was never done', () => {
    const metrics = openRegistryMetrics();
    metrics.observe({ kind: 'collection-failed', error: new Error('unreadable') });
    metrics.observe({ kind: 'scrub-failed', error: new Error('unreadable') });
    const text = metrics.render({
      ...{ version: '1', receivedBytes: 0, sentBytes: 0, connections: 0, uploads: 0, followers: 0 },
      ...{ health: undefined, contentBytes: undefined, certificateEndsAt: undefined },
    });
    expect(text).toContain('upkeep_runs_total{what="collection",ended="failed"} 1\n');
    expect(text).toContain('upkeep_runs_total{what="scrub",ended="failed"} 1\n');
    expect(text).not.toContain('upkeep_ended_seconds');
    expect(text).not.toContain('scrub_findings');
  });
});
