import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergePlaces, parseImage } from '../../../release/settings/parse-images.ts';
import { codeOf } from './expect-fault.ts';

const read = (text: string) => {
  const { registry, repository } = parseImage(text, true);
  return `${registry}/${repository}`;
};

describe('an image', () => {
  test.each([
    ['ghcr.io/acme/app', 'ghcr.io/acme/app'],
    ['ghcr.io/Acme/My-App', 'ghcr.io/acme/my-app'],
    ['GHCR.io/acme/app', 'ghcr.io/acme/app'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000/app'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/a/b/c', 'localhost:5000/a/b/c'],
    ['[::1]:5000/app', '[::1]:5000/app'],
    ['acme/app', 'docker.io/acme/app'],
    ['index.docker.io/acme/app', 'docker.io/acme/app'],
    ['registry-1.docker.io/acme/app', 'docker.io/acme/app'],
    ['docker.io/app', 'docker.io/library/app'],
  ])('%s is %s', (text, image) => {
    expect(read(text)).toBe(image);
  });

  test.each([
    ['a tag', 'ghcr.io/acme/app:1.2.3', 'SETTING_INVALID'],
    ['a tag behind a port', 'localhost:5000/app:latest', 'SETTING_INVALID'],
    ['an empty tag', 'ghcr.io/acme/app:', 'SETTING_INVALID'],
    ['a digest', `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`, 'SETTING_INVALID'],
    ['a scheme', 'https://ghcr.io/acme/app', 'SETTING_INVALID'],
    ['no registry and no owner', 'app', 'SETTING_INVALID'],
    ['a tag and no registry', 'app:1.2.3', 'SETTING_INVALID'],
    ['nothing behind the registry', 'ghcr.io/', 'REFERENCE_INVALID'],
    ['two slashes', 'ghcr.io//app', 'REFERENCE_INVALID'],
    ['a space', 'ghcr.io/acme/my app', 'REFERENCE_INVALID'],
    ['a port that is none', 'ghcr.io:99999/acme/app', 'REFERENCE_INVALID'],
  ])('with %s is refused', (_with, text, code) => {
    expect(codeOf(() => parseImage(text, true))).toBe(code);
  });

  test('that was read is read as itself', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9]{1,8}(-[a-z0-9]{1,4})?$/);
    const registry = fc.constantFrom('ghcr.io', 'localhost:5000', 'Registry.Example.com', 'docker.io');
    fc.assert(
      fc.property(registry, word, word, (host, owner, name) => {
        const image = read(`${host}/${owner}/${name}`);
        expect(image).toBe(`${host}/${owner}/${name}`.toLowerCase());
        expect(read(image)).toBe(image);
      }),
    );
  });
});

test('images that are named twice are one, which is required when any of them is', () => {
  const places = mergePlaces([
    parseImage('acme/app', true),
    parseImage('ghcr.io/a/b', false),
    parseImage('Acme/App', false),
  ]);
  expect(places.map(({ repository, isRequired }) => [repository, isRequired])).toEqual([
    ['acme/app', true],
    ['a/b', false],
  ]);
});
