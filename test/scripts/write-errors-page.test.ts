/** docs/errors.md and the catalogue name the same codes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorCatalogue } from '../../errors/catalogue.ts';
import { renderErrorsPage } from '../../scripts/write-errors-page.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');

it('docs/errors.md has a row for each code of the catalogue, and no other', () => {
  const codes = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(codes.toSorted()).toEqual(Object.keys(errorCatalogue).toSorted());
});

it('docs/errors.md is what the catalogue says (else: npm run docs)', () => {
  expect(page).toBe(renderErrorsPage());
});
