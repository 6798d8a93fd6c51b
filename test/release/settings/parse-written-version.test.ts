import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWrittenVersion, readTagVersion } from '../../../release/settings/parse-written-version.ts';
import { versionTexts } from '../../core/version-texts.ts';
import { codeOf } from './expect-fault.ts';

describe('a version', () => {
  test.each([
    ['1.2.3', '', '1.2.3'],
    ['v1.2.3', '', '1.2.3'],
    ['refs/tags/v1.2.3-rc.1+b2', '', '1.2.3-rc.1+b2'],
    ['api-v1.2.3', '', '1.2.3'],
    ['api/v1.2.3', '', '1.2.3'],
    ['refs/tags/api/1.2.3', '', '1.2.3'],
    ['api@1.2.3', '', '1.2.3'],
    ['@acme/api@1.2.3', '', '1.2.3'],
    ['my-api-v1.2.3-rc.1', '', '1.2.3-rc.1'],
    ['packages/api-v1.2.3', '', '1.2.3'],
    ['1.2.3', 'api-', '1.2.3'],
    ['api-v1.2.3', 'api-', '1.2.3'],
    ['api/v1.2.3', 'api-', '1.2.3'],
    ['@acme/api@1.2.3', 'api-', '1.2.3'],
    ['api_1.2.3', 'api_', '1.2.3'],
    ['my-api-v1.2.3', 'my-api-', '1.2.3'],
  ])('is found in %s with component %j', (text, component, version) => {
    expect(parseWrittenVersion(text, component).text).toBe(version);
  });

  test.each([
    ['1.2', '', 'VERSION_INVALID'],
    ['v1.2.3.4', '', 'VERSION_INVALID'],
    ['1-2.0.0', '', 'VERSION_INVALID'],
    ['v01.2.3-4.5.6', '', 'VERSION_INVALID'],
    ['1.2.3beta', '', 'VERSION_INVALID'],
    ['api-1.2', '', 'VERSION_INVALID'],
    ['apiv1.2.3', '', 'VERSION_INVALID'],
    ['-1.2.3', '', 'VERSION_INVALID'],
    ['latest', '', 'VERSION_INVALID'],
    ['', '', 'VERSION_INVALID'],
    ['web-v1.2.3', 'api-', 'SETTING_INVALID'],
    ['my-api-v1.2.3', 'api-', 'SETTING_INVALID'],
    ['api-api-1.2.3', 'api-', 'SETTING_INVALID'],
    ['api-1.2', 'api-', 'VERSION_INVALID'],
  ])('is not found in %s with component %j', (text, component, code) => {
    expect(codeOf(() => parseWrittenVersion(text, component))).toBe(code);
  });

  test('is found wherever a release tool puts it', () => {
    const before = fc.constantFrom(
      '',
      'v',
      'api-v',
      'api/',
      'api/v',
      'refs/tags/',
      'refs/tags/v',
      '@acme/api@',
      'my-api-',
    );
    fc.assert(
      fc.property(before, versionTexts, (prefix, version) => {
        expect(parseWrittenVersion(prefix + version, '').text).toBe(version);
      }),
    );
  });
});

describe('a git tag', () => {
  test.each([
    ['v1.2.3', '', '1.2.3'],
    ['1.2.3', '', '1.2.3'],
    ['v1.2.3', 'api-', '1.2.3'],
    ['api-v1.2.3', 'api-', '1.2.3'],
    ['api/v1.2.3', 'api-', '1.2.3'],
    ['api.1.2.3', 'api.', '1.2.3'],
  ])('%s with component %j is a version', (name, component, version) => {
    expect(readTagVersion(name, component)?.text).toBe(version);
  });

  test.each([
    ['api-v1.2.3', ''],
    ['web-v1.2.3', 'api-'],
    ['apis-v1.2.3', 'api-'],
    ['v1', ''],
    ['nightly', ''],
    ['v1.2.3.4', ''],
    ['2026-11-30', ''],
  ])('%s with component %j is none of ours', (name, component) => {
    expect(readTagVersion(name, component)).toBeUndefined();
  });
});
