/** Spans, sizes, widths and bars: small texts that stand everywhere. */
import { describe, expect, it } from 'vitest';
import { formatAge, formatSpan } from '../../../cli/render/age.ts';
import { formatBlobCount } from '../../../cli/render/blob-count.ts';
import { formatBytes } from '../../../cli/render/bytes.ts';
import { wantsColour } from '../../../cli/render/colour.ts';
import { formatRelease } from '../../../cli/render/digest.ts';
import { renderProgressBar } from '../../../cli/render/progress-bar.ts';
import { displayWidth, printable, truncate } from '../../../cli/render/width.ts';
import { ago, digests, sampleNow } from '../sample-views.ts';
import { lookOf } from '../test-shell.ts';

const second = 1000;
const hour = 3600 * second;

describe('a span of time', () => {
  const cases: readonly [number, string][] = [
    [0, '0 ms'],
    [850, '850 ms'],
    [1900, '1.9 s'],
    [9999, '9.9 s'],
    [59_999, '59 s'],
    [90 * second, '1 min'],
    [47 * hour, '47 h'],
    [48 * hour, '2 d'],
  ];
  for (const [spanMs, text] of cases) it(`of ${spanMs} ms is ${text}`, () => expect(formatSpan(spanMs)).toBe(text));
});

describe('an age', () => {
  const cases: readonly [string | undefined, string][] = [
    [ago(0), 'now'],
    [ago(-5000), 'now'],
    [ago(9500), '9 s'],
    [ago(3 * hour), '3 h'],
    [undefined, ''],
    ['yesterday', ''],
  ];
  for (const [at, text] of cases)
    it(`since ${at} is ${text || 'left out'}`, () => expect(formatAge(at, sampleNow)).toBe(text));
});

describe('a size', () => {
  const cases: readonly [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_982_256, '2.0 MB'],
    [9_949_999, '9.9 MB'],
    [999_499_999, '999 MB'],
    [999_500_000, '1.0 GB'],
    [2.5e15, '2500 TB'],
  ];
  for (const [sizeBytes, text] of cases)
    it(`of ${sizeBytes} bytes is ${text}`, () => expect(formatBytes(sizeBytes)).toBe(text));
});

describe('a release', () => {
  it('is its version and short digest, or what there is of them', () => {
    expect(formatRelease('1.0.0', digests.first)).toBe('1.0.0 (1a1a1a1a1a1a)');
    expect(formatRelease(undefined, digests.first)).toBe('1a1a1a1a1a1a');
    expect(formatRelease('1.0.0', undefined)).toBe('1.0.0');
    expect(formatRelease(undefined, undefined)).toBe('nothing');
  });
});

describe('the width of a text', () => {
  const cases: readonly [string, number][] = [
    ['web', 3],
    ['écran', 5],
    ['e\u0301cran', 5],
    ['構築', 4],
    ['🚀', 2],
    ['● current', 9],
  ];
  for (const [text, width] of cases) it(`${text} is ${width}`, () => expect(displayWidth(text)).toBe(width));

  it('is kept to when a text is cut', () => {
    expect(truncate('a long reason', 8, true)).toBe('a long…');
    expect(truncate('a long reason', 8, false)).toBe('a long..');
    expect(truncate('構築構築', 5, true)).toBe('構築…');
    expect(truncate('short', 8, true)).toBe('short');
    expect(truncate('anything', 1, true)).toBe('…');
  });
});

describe('text of other people', () => {
  it('cannot move the cursor, colour the screen, break the line or turn the writing round', () => {
    expect(printable('a\x1b[2Jb\r\nc\u202Ed\x9Be\x00')).toBe('a\uFFFD[2Jb c\uFFFDd\uFFFDe\uFFFD');
  });
});

describe('blobs in words', () => {
  const none = { total: 0, copied: 0, mounted: 0, present: 0, skipped: 0 };
  it.each([
    [none, ''],
    [{ ...none, total: 1 }, '0 of 1 blob'],
    [{ ...none, total: 12, copied: 2, mounted: 2, present: 1 }, '5 of 12 blobs, 2 mounted, 1 there already'],
    [{ ...none, total: 3, copied: 3, skipped: 1 }, '3 of 3 blobs, 1 left out'],
  ])('%j are %j', (blobs, text) => expect(formatBlobCount(blobs)).toBe(text));
});

describe('a progress bar', () => {
  const half = { label: 'copying web', bytesDone: 50_000_000, bytesTotal: 100_000_000, elapsedMs: 10_000 };
  const cases = [
    {
      name: 'has thirty columns at most',
      state: half,
      columns: 120,
      text: `copying web ${'█'.repeat(15)}${'░'.repeat(15)}  50 %   50 MB of 100 MB  5.0 MB/s`,
    },
    {
      name: 'shrinks with the terminal',
      state: half,
      columns: 64,
      text: `copying web ${'█'.repeat(9)}${'░'.repeat(8)}  50 %   50 MB of 100 MB  5.0 MB/s`,
    },
    {
      name: 'gives way where there is no room',
      state: half,
      columns: 40,
      text: 'copying web  50 %   50 MB of 100 MB',
    },
    {
      name: 'is a label alone while nothing is known',
      state: { ...half, bytesDone: 0, bytesTotal: 0 },
      columns: 80,
      text: 'copying web',
    },
    {
      name: 'has a note where there is room',
      state: { ...half, note: '5 of 12 blobs, 2 mounted' },
      columns: 120,
      text: `copying web ${'█'.repeat(15)}${'░'.repeat(15)}  50 %   50 MB of 100 MB  5.0 MB/s  5 of 12 blobs, 2 mounted`,
    },
    {
      name: 'has no note where it would not fit',
      state: { ...half, note: '5 of 12 blobs, 2 mounted' },
      columns: 90,
      text: `copying web ${'█'.repeat(15)}${'░'.repeat(15)}  50 %   50 MB of 100 MB  5.0 MB/s`,
    },
    {
      name: 'is full at the end',
      state: { ...half, bytesDone: 100_000_000, elapsedMs: 100 },
      columns: 120,
      text: `copying web ${'█'.repeat(30)} 100 %  100 MB of 100 MB`,
    },
  ];
  for (const { name, state, columns, text } of cases) {
    it(name, () => {
      const bar = renderProgressBar(state, lookOf({ columns }));
      expect(bar).toBe(text);
      expect(displayWidth(bar)).toBeLessThan(columns);
    });
  }
});

describe('colour', () => {
  const cases = [
    { name: 'is wanted on a terminal', isTty: true, env: { TERM: 'xterm' }, wanted: true },
    { name: 'is not wanted in a pipe', isTty: false, env: { TERM: 'xterm' }, wanted: false },
    { name: 'is not wanted with NO_COLOR', isTty: true, env: { NO_COLOR: '0' }, wanted: false },
    { name: 'is wanted with an empty NO_COLOR', isTty: true, env: { NO_COLOR: '' }, wanted: true },
    { name: 'is not wanted on a dumb terminal', isTty: true, env: { TERM: 'dumb' }, wanted: false },
  ];
  for (const { name, isTty, env, wanted } of cases) it(name, () => expect(wantsColour(isTty, env)).toBe(wanted));
});
