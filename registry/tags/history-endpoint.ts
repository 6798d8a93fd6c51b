/** `GET /admin/v1/tags/<repository>/<tag>/history`: what a tag named, since when, and who moved it. */
import type { TagMove } from '../../core/tag-move.ts';
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { EndpointExchange } from '../http/endpoint.ts';
import { onlyValue } from '../http/request-target.ts';
import type { TagHistoryPage } from '../storage.ts';
import { tagPathTo } from './tag-path.ts';

/** Moves of one answer, when fewer are not asked for. */
const movesPerPageMax = 100;

/**
 * A page of the moves, the newest first, with what the tag names now. `next` is there when there are more: it is the
 * `before` of the next page. Pages hold still, whatever moves meanwhile. Of a tag whose record is damaged it has what
 * other records tell; moves that nobody can read are missing among the numbers.
 * @throws NotFoundError MANIFEST_UNKNOWN when there never was such a tag; InputError REQUEST_INVALID.
 */
export async function readTagHistory({ storage, rest, query }: EndpointExchange): Promise<Answer> {
  const { repository, tag } = tagPathTo(rest, ['history']);
  const page = parsePage(query);
  const { digest, fence, removed, damaged } = await storage.readTagStanding(repository, tag);
  const moves = await storage.readTagHistory(repository, tag, page);
  if ([digest, removed, fence, damaged].every((known) => known === undefined) && moves.length === 0) {
    throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `there is no such tag: ${repository}:${tag}` });
  }
  const last = moves.at(-1)?.number ?? 1;
  return jsonAnswer({
    ...{ repository, tag, digest, fence, damaged: damaged === undefined ? undefined : true },
    moves: moves.map(movedAt),
    ...(moves.length === page.movesMax && last > 1 ? { next: last } : {}),
  });
}

function movedAt({ at, ...move }: TagMove): object {
  return { ...move, at: new Date(at).toISOString() };
}

function parsePage(query: URLSearchParams): TagHistoryPage {
  const movesMax = parseNumber(query, 'n') ?? movesPerPageMax;
  const before = parseNumber(query, 'before');
  return { movesMax: Math.min(movesMax, movesPerPageMax), ...(before === undefined ? {} : { before }) };
}

function parseNumber(query: URLSearchParams, name: string): number | undefined {
  if (!query.has(name)) return undefined;
  const text = onlyValue(query, name) ?? '';
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InputError({ code: 'REQUEST_INVALID', message: `${name} is not a number from 1 on: ${text}` });
}
