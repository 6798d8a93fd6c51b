import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, parseReference } from '../../../oci/spec/reference.ts';
import { codeOf } from '../code-of.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc.oneof(
  fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.')),
  fc.constantFrom('localhost', '127.0.0.1', '[::1]', '[2001:db8::1]'),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }));
const registry = fc.tuple(host, port).map(([name, number]) => (number === null ? name : `${name}:${number}`));
const repository = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,5}((\.|_|__|-{1,2})[a-z0-9]{1,5}){0,2}$/), { minLength: 1, maxLength: 4 })
  .map((components) => components.join('/'));
const tag = fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/));
const digest = fc.option(fc.stringMatching(/^sha256:[a-f0-9]{64}$/));
const written = fc
  .tuple(registry, repository, tag, digest)
  .map(([where, name, t, d]) => `${where}/${name}${t === null ? '' : `:${t}`}${d === null ? '' : `@${d}`}`);

const a64 = 'a'.repeat(64);
const nearMisses: Record<string, string> = {
  'nothing at all': '',
  'a name without a registry': 'alpine',
  'a path whose first component is no host': 'team/app:1',
  'a registry alone': 'registry.example',
  'a registry and a slash': 'registry.example/',
  'an upper-case repository': 'registry.example/Team/app',
  'a trailing newline': 'registry.example/app:1\n',
  'an empty tag': 'registry.example/app:',
  'an empty digest': 'registry.example/app@',
  'two tags': 'registry.example/app:1:2',
  'two digests': `registry.example/app@sha256:${a64}@sha256:${a64}`,
  'a tag after the digest': `registry.example/app@sha256:${a64}:1`,
  'a tag of 129 characters': `registry.example/app:${'a'.repeat(129)}`,
  'a scheme': 'https://registry.example/app',
  'a user': 'user@registry.example/app',
  'port 0': 'registry.example:0/app',
  'a port beyond the last': 'registry.example:65536/app',
  'a parent directory': 'registry.example/../app',
  'a host that begins with a dash': '-registry.example/app',
  'a host with an empty label': 'registry..example/app',
  'a blank': 'registry.example/a b',
  'a host of another script': 'r\u00e9gistry.example/app',
};

describe('references', () => {
  it('are formatted as they were written', () => {
    fc.assert(
      fc.property(written, (text) => {
        expect(formatReference(parseReference(text))).toBe(text);
      }),
    );
  });

  it('name the same thing after being formatted and parsed again', () => {
    const anyWriting = fc.oneof(
      written,
      repository.map((name) => `index.docker.io/${name}`),
      registry.map((where) => `${where.toUpperCase()}/app`),
    );
    fc.assert(
      fc.property(anyWriting, (text) => {
        const reference = parseReference(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
      }),
    );
  });

  it('keep tag and digest apart', () => {
    expect(parseReference(`registry.example:5000/team/app:1.2@sha256:${a64}`)).toEqual({
      registry: 'registry.example:5000',
      repository: 'team/app',
      tag: '1.2',
      digest: `sha256:${a64}`,
    });
  });

  it.each([
    ['docker.io/alpine:3', 'docker.io/library/alpine:3'],
    ['docker.io/library/alpine:3', 'docker.io/library/alpine:3'],
    ['docker.io/team/app', 'docker.io/team/app'],
    ['index.docker.io/alpine', 'docker.io/library/alpine'],
    ['Registry.Example/app', 'registry.example/app'],
    ['localhost/app', 'localhost/app'],
  ])('written %s mean %s', (text, meaning) => {
    expect(formatReference(parseReference(text))).toBe(meaning);
  });

  it.each(Object.entries(nearMisses))('are not %s', async (_, text) => {
    expect(await codeOf(() => parseReference(text))).toBe('REFERENCE_INVALID');
  });

  it('that are refused say why, and are shown as they were written', async () => {
    expect(() => parseReference('team/app')).toThrow('not a reference: "team/app": the registry is missing');
  });
});
