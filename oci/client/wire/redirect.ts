/** Following redirects, by hand: whoever is redirected to must not learn what was meant for the registry. */
import type { Answer } from './answer.ts';
import { mayPointAt } from './private-host.ts';
import { type Asked, brokenAnswer } from './refusal.ts';
import type { TransportRequest } from './transport.ts';

/** Most redirects we follow; registries use one, to their storage. */
const redirectsMax = 5;

/**
 * The first answer that is no redirect.
 *
 * On any change of origin, port and scheme included, the authorization is dropped and stays dropped (GHSA-jxpm-75mh-9fp7,
 * GHSA-vh4v-2xq2-g5cg); storage refuses a request with two of them besides. A streamed body cannot be sent twice, so the
 * redirect itself is then the answer. The origin of the registry's storage, where one is named, may be anywhere.
 *
 * Spec: distribution-spec main (967efdc), "API"; RFC 9110, section 15.4.
 * @throws RegistryError REGISTRY_ANSWER_INVALID for a redirect to plain HTTP, into a private network, or one too many.
 */
export async function sendFollowing(
  send: (request: TransportRequest) => Promise<Answer>,
  first: TransportRequest,
  asked: Asked,
  storage?: string,
): Promise<Answer> {
  let request = first;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send(request);
    if (!mayFollow(answer.status, request)) return answer;
    await answer.discard();
    if (redirects === redirectsMax) throw brokenAnswer(answer, asked, `more than ${redirectsMax} redirects`);
    request = redirected(request, resolveLocation(answer, asked, storage));
  }
}

/**
 * The URL an answer points at.
 * @throws RegistryError REGISTRY_ANSWER_INVALID when it points nowhere, at plain HTTP, or into a private network.
 */
export function resolveLocation(answer: Answer, asked: Asked, storage?: string): URL {
  const written = answer.header('location');
  if (written === undefined) throw brokenAnswer(answer, asked, `${answer.status} without Location`);
  const location = URL.parse(written, answer.url.href);
  if (location === null) throw brokenAnswer(answer, asked, 'Location is not a URL');
  if (location.origin === storage) return location;
  if (location.protocol !== 'https:' && location.protocol !== answer.url.protocol) {
    throw brokenAnswer(answer, asked, `${answer.url.origin} points at ${location.origin}, which is not https`);
  }
  if (!mayPointAt(answer.url, location)) {
    throw brokenAnswer(answer, asked, `${answer.url.origin} points into a private network: ${location.origin}`);
  }
  return location;
}

function mayFollow(status: number, request: TransportRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return [301, 302, 303, 307, 308].includes(status);
  const replayable = request.body === undefined || request.body instanceof Uint8Array;
  return replayable && (status === 307 || status === 308);
}

function redirected(request: TransportRequest, url: URL): TransportRequest {
  if (url.origin === request.url.origin) return { ...request, url };
  const { authorization: _, ...headers } = request.headers;
  return { ...request, url, headers };
}
