/** Progress: a bar on a terminal, a readable log elsewhere. */
import { describe, expect, it } from 'vitest';
import { openProgress } from '../../cli/progress.ts';
import type { Output } from '../../cli/shell.ts';
import { lookOf } from './test-shell.ts';

function openWatched(isTty: boolean) {
  let text = '';
  let at = 0;
  const output: Output = {
    write: (written) => {
      text += written;
    },
    isTty,
    look: () => lookOf({ columns: isTty ? 80 : undefined }),
  };
  const progress = openProgress(output, () => at);
  return {
    progress,
    text: () => text,
    pass: (spanMs: number) => {
      at += spanMs;
    },
  };
}

describe('progress in a log', () => {
  it('says what begins, then how far it is every five seconds', () => {
    const { progress, text, pass } = openWatched(false);
    for (let bytesDone = 0; bytesDone <= 100; bytesDone += 10) {
      progress.show({ label: 'copying web', bytesDone, bytesTotal: 100 });
      pass(1000);
    }
    progress.show({ label: 'proving web', bytesDone: 0, bytesTotal: 0 });
    progress.show({ label: 'proving web', bytesDone: 0, bytesTotal: 0 });
    progress.close();
    expect(text()).toBe('copying web\ncopying web 50 B of 100 B\ncopying web 100 B of 100 B\nproving web\n');
  });
});

describe('a note', () => {
  it('is told in a log with the sizes', () => {
    const { progress, text, pass } = openWatched(false);
    progress.show({ label: 'copying web', bytesDone: 0, bytesTotal: 100, note: '0 of 3 blobs' });
    pass(5000);
    progress.show({ label: 'copying web', bytesDone: 50, bytesTotal: 100, note: '2 of 3 blobs, 1 mounted' });
    expect(text()).toBe('copying web\ncopying web 50 B of 100 B, 2 of 3 blobs, 1 mounted\n');
  });
});

describe('progress on a terminal', () => {
  it('is one line that is drawn again, at most every 80 ms, and taken away at the end', () => {
    const { progress, text, pass } = openWatched(true);
    for (const bytesDone of [0, 10, 20, 30]) {
      progress.show({ label: 'copying', bytesDone, bytesTotal: 100 });
      pass(50);
    }
    progress.close();
    progress.close();
    expect(text().match(/\d+ %/g)).toEqual(['0 %', '20 %']);
    expect(text()).not.toContain('\n');
    expect(text().endsWith('\r\x1b[K')).toBe(true);
  });

  it('always draws the end', () => {
    const { progress, text } = openWatched(true);
    progress.show({ label: 'copying', bytesDone: 0, bytesTotal: 100 });
    progress.show({ label: 'copying', bytesDone: 100, bytesTotal: 100 });
    expect(text()).toContain('100 %');
  });
});
