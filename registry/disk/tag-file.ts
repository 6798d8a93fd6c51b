/**
 * What lies on disk of a tag: its digest, its fence and its last moves, as one JSON object.
 *
 * One file, so that one rename moves the tag and writes down who moved it. Those of earlier programs have no moves.
 */

import { type TagMove, tagMoveWays } from '../../core/tag-move.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { parseJson, parseObject } from '../json-object.ts';

/** A tag as its file has it. Of a removed one the digest is the last it named. */
export interface TagFile {
  readonly digest?: Digest;
  readonly fence?: number;
  /** Oldest first; their numbers follow one another. */
  readonly moves: readonly TagMove[];
}

/** The file's text. */
export function formatTagFile({ digest, fence, moves }: TagFile): string {
  return `${JSON.stringify({ digest, fence, ...(moves.length === 0 ? {} : { moves }) })}\n`;
}

/** The tag in a file's text; undefined when it is none. The file of a removed tag may lack the digest, not all it can have. */
export function parseTagFile(text: string, kind: 'tag' | 'removed'): TagFile | undefined {
  const { digest, fence, moves } = parseObject(parseJson(text)) ?? {};
  const named = typeof digest === 'string' && isDigest(digest) ? digest : undefined;
  if (named === undefined && (kind === 'tag' || digest !== undefined)) return undefined;
  if (digest === undefined && fence === undefined && moves === undefined) return undefined;
  const parsed = moves === undefined ? [] : parseMoves(moves);
  if (parsed === undefined || (fence !== undefined && typeof fence !== 'number')) return undefined;
  return {
    ...(named === undefined ? {} : { digest: named }),
    ...(fence === undefined ? {} : { fence }),
    moves: parsed,
  };
}

/** The text of a file of earlier moves. */
export function formatTagMoves(moves: readonly TagMove[]): string {
  return `${JSON.stringify(moves)}\n`;
}

/** The moves in such a file's text; undefined when it is damaged. */
export function parseTagMoves(text: string): readonly TagMove[] | undefined {
  return parseMoves(parseJson(text));
}

function parseMoves(value: unknown): readonly TagMove[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const moves = value.map(parseMove).filter((move) => move !== undefined);
  const [first] = moves;
  const follows = moves.every(({ number }, at) => number === (first?.number ?? 1) + at);
  return moves.length === value.length && follows ? moves : undefined;
}

function parseMove(value: unknown): TagMove | undefined {
  const { number, at, from, to, lost, by, how, fence, command, reason, overrode } = parseObject(value) ?? {};
  const way = tagMoveWays.find((known) => known === how);
  if (typeof number !== 'number' || typeof at !== 'number' || typeof by !== 'string' || way === undefined) {
    return undefined;
  }
  return {
    ...{ number, at, by, how: way },
    ...(typeof from === 'string' && isDigest(from) ? { from } : {}),
    ...(typeof to === 'string' && isDigest(to) ? { to } : {}),
    ...(typeof lost === 'string' && isDigest(lost) ? { lost } : {}),
    ...(typeof fence === 'number' ? { fence } : {}),
    ...(typeof command === 'string' ? { command } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(Array.isArray(overrode) ? { overrode: overrode.filter((code) => typeof code === 'string') } : {}),
  };
}
