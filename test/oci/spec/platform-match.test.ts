import { describe, expect, it } from 'vitest';
import { formatPlatform, parsePlatformText } from '../../../oci/spec/platform.ts';
import { matchesPlatform, normalisePlatform } from '../../../oci/spec/platform-match.ts';
import { codeOf } from '../code-of.ts';

describe('a platform as people write it', () => {
  it.each(['linux/amd64', 'linux/arm/v7', 'windows/amd64:10.0.20348.2402', 'linux/arm64/v8:1'])(
    '%s is read and shown again',
    (text) => {
      expect(formatPlatform(parsePlatformText(text))).toBe(text);
    },
  );

  it.each(['', 'linux', '/amd64', 'linux/', 'linux/arm/v7/more', 'linux/am d64', 'linux/amd64:', 'li,nux/amd64'])(
    '%j is none',
    async (text) => {
      expect(await codeOf(async () => parsePlatformText(text))).toBe('PLATFORM_INVALID');
    },
  );
});

describe('a platform in its one spelling', () => {
  it.each([
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v8.0', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/aarch64', 'linux/arm64'],
    ['Linux/x86_64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/arm', 'linux/arm'],
    ['linux/arm/7', 'linux/arm'],
    ['linux/armhf', 'linux/arm'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/i386', 'linux/386'],
    ['macos/arm64', 'darwin/arm64'],
  ])('%s is %s', (written, shown) => {
    expect(formatPlatform(normalisePlatform(parsePlatformText(written)))).toBe(shown);
  });
});

describe('a platform', () => {
  it.each([
    ['linux/arm64', 'linux/arm64/v8', true],
    ['linux/arm64/v8', 'linux/arm64', true],
    ['linux/arm/v6', 'linux/arm', false],
    ['linux/amd64', 'linux/amd64/v3', false],
    ['linux/amd64', 'windows/amd64', false],
    ['windows/amd64:10.0.20348.2402', 'windows/amd64', true],
    ['windows/amd64:10.0.20348.2402', 'windows/amd64:10.0.20348', true],
    ['windows/amd64:10.0.20348.2402', 'windows/amd64:10.0.2034', false],
    ['windows/amd64', 'windows/amd64:10.0.20348', false],
  ])('%s is what is wanted by %s: %s', (has, wanted, matches) => {
    expect(matchesPlatform(parsePlatformText(has), parsePlatformText(wanted))).toBe(matches);
  });
});
