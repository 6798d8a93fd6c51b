/** Which tags name one version for good. */
import { describe, expect, test } from 'vitest';
import { isExactTag } from '../../core/exact-tag.ts';
import { parseTagNaming } from '../../core/tag-naming.ts';
import { exactTag, parseVersion } from '../../core/version.ts';

describe('a tag', () => {
  test.each([
    '1.2.3',
    'v1.2.3',
    '0.0.0',
    '1.2.3-rc.1',
    '1.2.3-alpine',
    '1.2.3-alpine-3.19.0',
    '1.2.3_build.5',
    'v10.20.30-rc.1_5',
    'api-1.2.3',
    'api-v1.2.3-alpine',
    'team.api_1.2.3',
    'debian-12.1.0',
  ])('%s is exact', (tag) => {
    expect(isExactTag(tag)).toBe(true);
  });

  test.each([
    'latest',
    '1',
    '1.2',
    '1.2-alpine-3.19.0',
    'v1.2',
    '1.2.x',
    '01.2.3',
    '1.2.3.4',
    '1.2.3-01',
    'x1.2.3',
    '7-1.2.3',
    'latest-1.2.3',
    'latest-alpine-3.19.0',
    'api-latest-alpine-3.19.0',
    'api-RC-1.2.3',
    'pr-1.2.3',
    'sha256-0000',
    'dev',
    'staging-r000001-0123456789ab',
    '9007199254740993.0.0',
  ])('%s is not', (tag) => {
    expect(isExactTag(tag)).toBe(false);
  });

  test.each([
    {},
    { tagPrefix: 'v' },
    { component: 'api-' },
    { component: 'team.api_', tagPrefix: 'v', variant: 'slim' },
  ] as const)('that a release with %j writes for a version is exact', (written) => {
    const naming = parseTagNaming({ ...written, buildMetadata: 'underscore' });
    for (const version of ['1.2.3', '0.1.0-rc.1', '2.0.0+build.7']) {
      expect(isExactTag(exactTag(parseVersion(version), naming))).toBe(true);
    }
  });
});
