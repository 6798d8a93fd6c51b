/** The summary of a release: what a release manager reads, and what nobody can put into it. */
import { expect, test } from 'vitest';
import { summaryBytesMax } from '../../action/summary/bounded.ts';
import { renderReleaseSummary } from '../../action/summary/release-summary.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import type { ReleaseOutcome } from '../../release/release-outcome.ts';
import { digests, placeOf, placeOutcome, releaseOutcome, tagOutcome } from './sample-outcome.ts';

/** The summary with its entities resolved and without what makes code of a text. */
function textOf(outcome: ReleaseOutcome, isFailed = false): string {
  return renderReleaseSummary(outcome, { actor: 'ann', isFailed })
    .replaceAll(/&#(\d+);/g, (_, sign: string) => String.fromCodePoint(Number(sign)))
    .replaceAll(/<\/?code>/g, '');
}

const error = { code: 'REGISTRY_UNREACHABLE', message: 'registry does not answer', wayOut: 'see that it runs' };

test('a backport is told with what moved, what was held and why, and how to pull it', async () => {
  await expect(renderReleaseSummary(releaseOutcome(), { actor: 'ann', isFailed: false })).toMatchFileSnapshot(
    'golden/backport-summary.txt',
  );
});

test('a release that reached one of two repositories says so first, and why', async () => {
  const outcome = releaseOutcome({
    places: [
      placeOutcome({ status: 'content-only', tags: [tagOutcome('1.9.1', 'created', 'exact')], held: [] }),
      placeOutcome({ place: placeOf('reg.example'), status: 'failed', tags: [], held: [], error }),
    ],
    warnings: [{ code: 'prerelease-misordered', message: 'rc10 is compared as text' }],
  });
  await expect(renderReleaseSummary(outcome, { actor: undefined, isFailed: true })).toMatchFileSnapshot(
    'golden/failed-summary.txt',
  );
});

test('each line of the table has as many cells as its head', () => {
  const rows = textOf(releaseOutcome()).match(/^\|.*\|$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(4);
  for (const row of rows.slice(0, 6)) expect(row.split(' | ')).toHaveLength(4);
});

test('the way back names what each float named before, and no exact tag', () => {
  const text = textOf(releaseOutcome());
  expect(text).toContain(`copy ghcr.io/acme/web@${digests.old} ghcr.io/acme/web --tag 1.9 --tag 1`);
  expect(text).not.toContain('--tag 1.9.1');
});

test('a dry run says what would be, and shows no way back', () => {
  const outcome = releaseOutcome({ isDryRun: true, places: [placeOutcome({ status: 'planned' })] });
  const text = textOf(outcome);
  expect(text).toContain('would move from 1a1a1a1a1a1a');
  expect(text).not.toContain('registry-action copy');
  expect(text).not.toContain('docker pull');
});

test.each([
  [
    'an adopted image',
    releaseOutcome({ origin: { kind: 'reused', from: placeOf('reg.example') } }),
    'reg.example/acme/web',
  ],
  ['a build without a push', releaseOutcome({ places: [] }), 'Nothing was to be pushed'],
  ['an image of a branch', releaseOutcome({ subject: { kind: 'ref', tags: [parseTag('edge')] } }), 'acme/web edge'],
])('%s is told', (_, outcome, words) => {
  expect(textOf(outcome)).toContain(words);
});

const hostile =
  '</code><img src=x onerror=alert(1)> [a](javascript:b) `x` | ![i](http://h/) @ann #1 $x$ :tada: ~~no~~ **b** _u_\n# H';

test('what others wrote is no markup', () => {
  const outcome = releaseOutcome({
    places: [placeOutcome({ status: 'failed', error: { code: 'X', message: hostile, wayOut: hostile } })],
    warnings: [{ code: 'x', message: hostile }],
    origin: {
      kind: 'built',
      builder: 'docker',
      tookMs: 1,
      warnings: [{ message: hostile, file: `${hostile}/Dockerfile`, url: 'javascript:alert(1)' }],
    },
  });
  const markdown = renderReleaseSummary(outcome, { actor: hostile, isFailed: true });
  for (const markup of [
    '<img',
    '](javascript',
    '`x`',
    '![',
    '@ann',
    '#1 ',
    '$x$',
    ':tada:',
    '~~',
    '**b',
    '_u_',
    '\n# H',
  ]) {
    expect(markdown).not.toContain(markup);
  }
  expect(markdown.match(/^\|.*$/gm)?.every((row) => row.endsWith('|'))).toBe(true);
});

test('a summary never exceeds its share, and says what is left out', () => {
  const places = Array.from({ length: 500 }, (_, at) => placeOutcome({ place: placeOf(`registry-${at}.example.com`) }));
  const markdown = renderReleaseSummary(releaseOutcome({ places }), { actor: 'ann', isFailed: false });
  expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(summaryBytesMax);
  expect(markdown).toMatch(/… and \d+ more tags/);
});

test('long messages are cut', () => {
  const long = { code: 'X', message: 'm'.repeat(100_000), wayOut: 'w'.repeat(100_000) };
  const places = [placeOutcome({ status: 'failed', error: long })];
  const markdown = renderReleaseSummary(releaseOutcome({ places }), { actor: 'ann', isFailed: true });
  expect(Buffer.byteLength(markdown)).toBeLessThan(8 * 1024);
});
