/** Which events an operator reads of. */
import { describe, expect, test } from 'vitest';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { logLinesOf } from '../../registry/log-line.ts';
import type { RegistryEvent } from '../../registry/registry-event.ts';
import { absentDigest } from './registry-under-test.ts';

const answered: Extract<RegistryEvent, { kind: 'answered' }> = {
  ...{ kind: 'answered', method: 'GET', path: '/v2/team/app/tags/list', status: 200, whole: true, actor: 'ci' },
  ...{ remoteAddress: '192.0.2.1', forwardedFor: undefined, why: undefined, durationMs: 1 },
};
const content = { repository: 'team/app' as RepositoryName, digest: absentDigest, actor: 'ci' };
const tags = ['latest' as Tag];

describe('what an operator must act on', () => {
  test('is told in any case: a disk that takes nothing by its word, a bug with its place', () => {
    const failed = (error: unknown) =>
      logLinesOf({ kind: 'failed', method: 'PUT', path: '/v2/', error }, false).map((line) => line['error']);
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    expect(failed(full)).toEqual(['Error: ENOSPC: no space left on device']);
    expect(failed(new TypeError('a bug'))).toEqual([expect.stringMatching(/^TypeError: a bug\n +at .*log-line\.test/)]);
  });

  test('is told in a sentence when the start has to wait', () => {
    const holder = { host: 'old', pid: 1, started: undefined, namespace: undefined, machine: undefined, beatMs: 2_000 };
    const awaited = { path: '/data/registry.lock', holder, patienceMs: 10_000 };
    expect(logLinesOf({ kind: 'lock-awaited', awaited }, false)).toEqual([
      {
        ...{ level: 'warn', kind: 'lock-awaited', path: '/data/registry.lock' },
        message: 'waiting for a sign of life of process 1 on old, or 10 s without one',
      },
    ]);
  });

  test('is told with its date in words', () => {
    expect(JSON.stringify(logLinesOf({ kind: 'certificate-ending', validUntil: 0 }, false))).toBe(
      '[{"level":"warn","kind":"certificate-ending","validUntil":"1970-01-01T00:00:00.000Z"}]',
    );
  });
});

describe('everything else is told where it is wanted', () => {
  const wanted: [string, RegistryEvent, number][] = [
    ['a request', answered, 1],
    ['a probe that all is well', { ...answered, path: '/readyz' }, 0],
    ['a probe that something is not', { ...answered, path: '/readyz', status: 503 }, 1],
    ['a scraper', { ...answered, path: '/metrics' }, 0],
    ['a push', { kind: 'manifest-pushed', content, tags }, 1],
    ['a pull, which its request tells already', { kind: 'manifest-pulled', content, tag: undefined }, 0],
    ['a blob, which its request tells already', { kind: 'blob-pushed', content }, 0],
    ['a request too many, which its answer tells already', { kind: 'rate-limited', actor: 'ci' }, 0],
    ['credentials that are nobody’s', { kind: 'sign-in-failed', remoteAddress: '192.0.2.1' }, 1],
  ];

  test.each(wanted)('%s', (_, event, lines) => {
    expect(logLinesOf(event, true)).toHaveLength(lines);
    expect(logLinesOf(event, false)).toEqual([]);
  });

  test('what changed has its repository, its digest and who did it', () => {
    expect(logLinesOf({ kind: 'manifest-pushed', content, tags }, true)).toEqual([
      { level: 'info', kind: 'push', repository: 'team/app', digest: absentDigest, tags, actor: 'ci' },
    ]);
  });
});
