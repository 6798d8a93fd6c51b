/** Links to the next page, of which none may be overlooked. */
import { describe, expect, it } from 'vitest';
import { parseNextLink } from '../../../../oci/client/wire/link-header.ts';

describe('the link to the next page', () => {
  it.each([
    ['</v2/a/tags/list?last=x&n=10>; rel="next"', '/v2/a/tags/list?last=x&n=10'],
    ['<https://registry.example/v2/x>; rel=next', 'https://registry.example/v2/x'],
    ['</a,b>; rel="next"', '/a,b'],
    ['</a>; title="x, y; z"; rel="next"', '/a'],
    ['</a>; rel="prev", </b>; rel="next"', '/b'],
    ['</a>; rel="first next"', '/a'],
    ['</a>;REL="NEXT"', '/a'],
    ['</a>; rel="next",', '/a'],
  ])('is found in %s', (header, target) => {
    expect(parseNextLink(header)).toEqual({ kind: 'next', target });
  });

  it.each([undefined, '', ' ', '</a>; rel="prev"', '</a>; rel="nextish"', '</a>; xrel="next"'])(
    'is not in %s',
    (header) => {
      expect(parseNextLink(header)).toEqual({ kind: 'last' });
    },
  );

  it.each(['/a; rel="next"', '</a; rel="next"', '</a>; rel="prev", nonsense', 'next'])('is broken in %s', (header) => {
    expect(parseNextLink(header)).toEqual({ kind: 'broken' });
  });

  // With the square of the length, either would take longer than a test may.
  it.each([`</a>${'; x'.repeat(100_000)}"`, '</a>; '.repeat(60_000)])(
    'is looked for in linear time (case %#)',
    (header) => {
      expect(parseNextLink(header)).toEqual({ kind: 'broken' });
    },
  );
});
