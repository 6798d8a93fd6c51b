/** Reading the target of a request: the same path always names the same resource. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRequestTarget } from '../../../registry/http/request-target.ts';
import { parseRoute } from '../../../registry/http/route.ts';
import { blobOf } from '../registry-under-test.ts';

const { digest } = blobOf('').descriptor;

/** Names in which every word of the API may occur. */
const names = fc
  .array(
    fc.constantFrom('blobs', 'manifests', 'uploads', 'tags', 'list', 'referrers', 'v2', 'a', 'a.b', 'a__b', 'a-1'),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join('/'));

describe('a path', () => {
  test('is read from its end, whatever words the repository name has', () => {
    fc.assert(
      fc.property(names, (repository) => {
        const at = (rest: string) => parseRoute('GET', `/v2/${repository}/${rest}`);
        expect(at(`blobs/${digest}`)).toEqual({ kind: 'blob', repository, digest });
        expect(at(`manifests/${digest}`)).toEqual({ kind: 'manifest', repository, digest });
        expect(at('manifests/uploads')).toEqual({ kind: 'manifest', repository, tag: 'uploads' });
        expect(at('manifests/list')).toEqual({ kind: 'manifest', repository, tag: 'list' });
        expect(at('tags/list')).toEqual({ kind: 'tags', repository });
        expect(at(`referrers/${digest}`)).toEqual({ kind: 'referrers', repository, subject: digest });
        expect(at('blobs/uploads/')).toEqual({ kind: 'uploads', repository });
        expect(at('blobs/uploads')).toEqual({ kind: 'uploads', repository });
        expect(at('blobs/uploads/some-id')).toEqual({ kind: 'upload', repository, id: 'some-id' });
      }),
    );
  });

  test('that is escaped and read again is the same, or is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const escaped = text.replace(
          /[^A-Za-z0-9]/g,
          (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
        );
        const parsed = parseRequestTarget(`/v2/${escaped}`);
        const harmless = /^[!-$&-.0-[\]-~]*$/.test(text) && text !== '.' && text !== '..';
        expect(parsed?.path).toBe(harmless ? `/v2/${text}` : undefined);
      }),
    );
  });

  test('never reads as more than printable characters without steps upwards', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseRequestTarget(text);
        expect(parsed?.path ?? '').toMatch(/^[\x21-\x7e]*$/);
        expect(parsed?.path.split('/') ?? []).not.toContain('..');
      }),
    );
  });
});
