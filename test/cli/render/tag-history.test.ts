/** The history of a tag as people see it, where some of it is lost. */
import { describe, expect, it } from 'vitest';
import type { ToldTagMove } from '../../../api/registry/tag-history.ts';
import { renderTagHistory } from '../../../cli/render/tag-history.ts';
import { lookOf } from '../test-shell.ts';

const now = Date.UTC(2026, 10, 30);
const look = lookOf({ columns: undefined });
const moveNumber = (number: number): ToldTagMove => ({ number, at: '2026-11-29T00:00:00Z', by: 'ann', how: 'push' });

function linesOf(moves: readonly ToldTagMove[], damaged?: true): readonly string[] {
  const state = damaged === undefined ? {} : { damaged };
  return renderTagHistory({ repository: 'team/app', tag: 'latest', moves, ...state }, now, look).split('\n');
}

describe('the history of a tag', () => {
  it.each([
    [1, '1 move that cannot be read'],
    [2, '2 moves that cannot be read'],
  ])('counts %i lost between two others', (lost, words) => {
    expect(linesOf([moveNumber(9), moveNumber(8 - lost)])[4]?.trim()).toBe(words);
  });

  it('says nothing of lost moves where none is', () => {
    expect(linesOf([moveNumber(9), moveNumber(8)]).join('\n')).not.toContain('cannot be read');
  });

  it('does not say of a damaged tag that it was never moved', () => {
    expect([linesOf([])[2], linesOf([], true)[2]]).toEqual(['no moves yet', 'no moves that can be read']);
  });
});
