/** What asking a token service for something takes, and how forms are sent to it. */
import type { RegistryQuirks } from '../quirks.ts';
import type { Answer } from '../wire/answer.ts';
import type { Endpoint } from '../wire/endpoint.ts';
import type { Timing } from '../wire/timing.ts';
import type { TransportRequest } from '../wire/transport.ts';

/** The way to token services. */
export interface TokenDesk {
  readonly endpoint: Endpoint;
  readonly timing: Timing;
  /** Whether a token may be good for more than one request needs. */
  readonly tokens: RegistryQuirks['tokens'];
  send(request: TransportRequest): Promise<Answer>;
}

/** The form as a request. Whoever sends it must not follow redirects: the secret is in the body, and would go along. */
export function formRequest(desk: TokenDesk, url: URL, form: URLSearchParams): TransportRequest {
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url, headers, body: Buffer.from(form.toString()), answerMs: desk.timing.answerMs };
}
