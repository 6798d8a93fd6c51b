import { describe, expect, test } from 'vitest';
import { parseImage } from '../../../release/settings/parse-images.ts';
import { parsePinned, parseReadyImage } from '../../../release/settings/parse-ready-image.ts';
import { codeOf } from './expect-fault.ts';

const run = { entrypoint: ['/app'], cmd: [], workdir: undefined, user: undefined, env: [], ports: [] };
const digest = `sha256:${'a'.repeat(64)}`;

describe('an image that is there', () => {
  test.each([
    ['oci:build/image', { kind: 'layout', directory: 'build/image', tagOrDigest: undefined }],
    ['oci:build/image:1.2.3', { kind: 'layout', directory: 'build/image', tagOrDigest: '1.2.3' }],
    [`oci:build/image@${digest}`, { kind: 'layout', directory: 'build/image', tagOrDigest: digest }],
    ['oci:C:\\build\\image:v1', { kind: 'layout', directory: 'C:\\build\\image', tagOrDigest: 'v1' }],
    ['oci:/a/@scope/b', { kind: 'layout', directory: '/a/@scope/b', tagOrDigest: undefined }],
    ['docker-archive:out/app.tar', { kind: 'docker-archive', path: 'out/app.tar', tag: undefined }],
    ['docker-archive:app.tar:acme/app:1', { kind: 'docker-archive', path: 'app.tar', tag: 'acme/app:1' }],
    ['dir:dist', { kind: 'directory', directory: 'dist', run }],
    ['dir:C:/dist', { kind: 'directory', directory: 'C:/dist', run }],
    [`ghcr.io/acme/app@${digest}`, { kind: 'digest', reference: `ghcr.io/acme/app@${digest}` }],
    [`ghcr.io/acme/app:1.2.3@${digest}`, { kind: 'digest', reference: `ghcr.io/acme/app@${digest}` }],
  ])('is named by %s', (text, image) => {
    expect(parseReadyImage(text, run)).toEqual(image);
  });

  test.each([
    ['ghcr.io/acme/app:1.2.3', 'SETTING_INVALID'],
    ['build/image', 'REFERENCE_INVALID'],
    ['oci:', 'SETTING_INVALID'],
    ['oci:build:not a tag', 'TAG_INVALID'],
    ['oci:build@sha256:abc', 'DIGEST_INVALID'],
    ['dir:', 'SETTING_INVALID'],
  ])('is not named by %s', (text, code) => {
    expect(codeOf(() => parseReadyImage(text, run))).toBe(code);
  });

  test('may be a digest alone where it is known whose', () => {
    const home = parseImage('ghcr.io/acme/app', true);
    expect(parsePinned(digest, home)).toBe(`ghcr.io/acme/app@${digest}`);
    expect(parsePinned(`docker.io/acme/web@${digest}`, home)).toBe(`docker.io/acme/web@${digest}`);
    expect(codeOf(() => parsePinned('1.2.3', home))).toBe('DIGEST_INVALID');
  });
});
