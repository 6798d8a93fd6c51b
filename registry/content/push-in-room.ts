/** Pushing a manifest within the room that there is for all of them. */
import { callerOf } from '../access/caller.ts';
import { type Answer, refusal } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';

/**
 * What the push answers, its manifest counted for as long as it is in memory; 429 where too many others are there: whoever
 * pushes could else hold all memory there is, with manifests that never end.
 */
export async function pushInRoom(exchange: Exchange, push: (exchange: Exchange) => Promise<Answer>): Promise<Answer> {
  const { body, manifestRoom, session } = exchange;
  const place = manifestRoom.enter(callerOf(session));
  let isFull = false;
  async function* chunks(): AsyncIterable<Uint8Array> {
    for await (const chunk of body.chunks()) {
      isFull = !place.take(chunk.length);
      if (isFull) throw new Error('no room for the manifest');
      yield chunk;
    }
  }
  try {
    return await push({ ...exchange, body: { ...body, chunks } });
  } catch (error) {
    if (isFull) return tooManyManifests();
    throw error;
  } finally {
    place.leave();
  }
}

function tooManyManifests(): Answer {
  return refusal(429, 'TOOMANYREQUESTS', 'too many large manifests are being pushed at once', {
    headers: { 'retry-after': '5' },
  });
}
