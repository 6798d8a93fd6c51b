import { describe, expect, test } from 'vitest';
import { readServiceRequest } from '../../../release/settings/read-service-request.ts';
import { readSettings } from '../../../release/settings/read-settings.ts';
import { faultySettings } from './expect-fault.ts';
import { digest, type Written } from './release-case.ts';

const url = 'https://promotions.example.com';
const service = { url, audience: url };
const read = (written: Written) =>
  readServiceRequest(readSettings(new Map(Object.entries({ 'service-url': url, ...written }))));

describe('the service is asked', () => {
  test.each([
    [
      'for a promotion',
      { command: 'promote', app: 'web', environment: 'staging', version: 'v1.2.3', digest, 'dry-run': 'true' },
      {
        kind: 'promote',
        service,
        app: 'web',
        environment: 'staging',
        version: '1.2.3',
        digest,
        reason: undefined,
        dryRun: true,
        wait: true,
        timeoutMs: 600_000,
      },
    ],
    [
      'for a promotion of what is current before',
      { command: 'promote', app: 'web', environment: 'staging', reason: 'ready', wait: 'false', timeout: '0' },
      {
        kind: 'promote',
        service,
        app: 'web',
        environment: 'staging',
        version: undefined,
        digest: undefined,
        reason: 'ready',
        dryRun: false,
        wait: false,
        timeoutMs: 0,
      },
    ],
    [
      'for a rollback',
      { command: 'rollback', app: 'web', environment: 'production', to: 'r12', reason: 'slow' },
      {
        kind: 'rollback',
        service,
        app: 'web',
        environment: 'production',
        to: 'r12',
        reason: 'slow',
        dryRun: false,
        wait: true,
        timeoutMs: 600_000,
      },
    ],
    [
      'for the status of all',
      { command: 'status' },
      { kind: 'status', service, app: undefined, environment: undefined },
    ],
    [
      'for the status of one',
      { command: 'status', app: 'web', environment: 'staging', 'service-audience': 'promotions' },
      { kind: 'status', service: { url, audience: 'promotions' }, app: 'web', environment: 'staging' },
    ],
    [
      'to follow a comment',
      { command: 'chat', token: 'T', timeout: '1h' },
      { kind: 'chat', service, replyToken: 'T', wait: true, timeoutMs: 3_600_000 },
    ],
  ])('%s', (_what, written, request) => {
    expect(read(written)).toEqual(request);
  });

  test.each([
    ['http://127.0.0.1:7420', 'http://127.0.0.1:7420'],
    ['https://example.com/promotions/', 'https://example.com/promotions'],
  ])('at %s', (written, address) => {
    const request = read({ command: 'status', 'service-url': written });
    expect(request.service).toEqual({ url: address, audience: address });
  });
});

describe('a refusal', () => {
  test.each<[string, Written, readonly string[]]>([
    ['a promotion of nothing', { command: 'promote' }, ['app', 'environment']],
    ['a rollback without a reason', { command: 'rollback', app: 'web', environment: 'staging' }, ['reason']],
    ['a version that is none', { command: 'promote', app: 'a', environment: 'b', version: '1.2' }, ['version']],
    ['a digest that is none', { command: 'promote', app: 'a', environment: 'b', digest: 'abc' }, ['digest']],
    ['no service', { command: 'status', 'service-url': '' }, ['service-url']],
    ['a service that is no address', { command: 'status', 'service-url': 'promotions.example.com' }, ['service-url']],
    ['a service with a password', { command: 'status', 'service-url': 'https://a:b@example.com' }, ['service-url']],
    ['a service of another protocol', { command: 'status', 'service-url': 'ftp://example.com' }, ['service-url']],
  ])('of %s names the settings', (_of, written, settings) => {
    expect(faultySettings(() => read(written))).toEqual(settings);
  });

  test('of a command that asks no service says so', () => {
    faultySettings(() => read({ command: 'release' }));
  });
});
