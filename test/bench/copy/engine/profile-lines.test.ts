/** A profile told in lines. */
import type { Profiler } from 'node:inspector';
import { expect, test } from 'vitest';
import { profileLines } from './profile-lines.ts';

function node(id: number, functionName: string, url: string): Profiler.ProfileNode {
  return { id, callFrame: { functionName, scriptId: '0', url, lineNumber: 6, columnNumber: 0 } };
}

test('time is added up by function, whoever called it, most first', () => {
  const nodes = [
    node(1, '(idle)', ''),
    node(2, 'update', 'node:internal/crypto/hash'),
    node(3, '', 'file:///clone/oci/copy/copy-blob.ts'),
    node(4, 'update', 'node:internal/crypto/hash'),
    node(5, 'post', 'node:inspector'),
  ];
  const profile = {
    nodes,
    startTime: 0,
    endTime: 10_000,
    samples: [1, 2, 3, 5, 4],
    timeDeltas: [1000, 2000, 1500, 900, 5500],
  };
  expect(profileLines(profile)).toEqual([
    { percent: 75, selfMs: 7.5, where: 'update (node:internal/crypto/hash:7)' },
    { percent: 15, selfMs: 1.5, where: '(anonymous) (copy/copy-blob.ts:7)' },
    { percent: 10, selfMs: 1, where: '(idle)' },
  ]);
});
