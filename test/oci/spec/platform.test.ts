import { describe, expect, it } from 'vitest';
import { formatPlatform, parsePlatform } from '../../../oci/spec/platform.ts';

describe('a platform', () => {
  it.each([
    [{ os: 'linux', architecture: 'amd64' }, 'linux/amd64'],
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'linux/arm64/v8'],
    [{ os: 'windows', architecture: 'amd64', 'os.version': '10.0' }, 'windows/amd64:10.0'],
  ])('%j is shown as %s', (written, shown) => {
    expect(formatPlatform(parsePlatform(written, 'platform'))).toBe(shown);
  });
});
