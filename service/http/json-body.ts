/** The bodies that are understood: JSON alone. */
import type { FastifyInstance } from 'fastify';
import { malformedRequest } from './malformed-request.ts';

/** Reads bodies as JSON. The framework's own parsers would take plain text as well, and not say where a fault is. */
export function installJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_: unknown, text: string) =>
    parseJsonBody(text),
  );
}

/** @throws InputError REQUEST_INVALID */
function parseJsonBody(text: string): unknown {
  if (text === '') throw malformedRequest('body: empty, though its type is application/json');
  try {
    return JSON.parse(text, refusePrototype);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformedRequest(`body: not JSON: ${withoutExcerpt(error.message)}`);
  }
}

/** What V8 says is wrong, without the piece of the text that it quotes: that may be of a password. */
function withoutExcerpt(message: string): string {
  return message.replace(/, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, '');
}

/** Such a name would become the prototype of whatever the value is copied into. */
function refusePrototype(name: string, value: unknown): unknown {
  if (name === '__proto__') throw malformedRequest('body: unknown: __proto__');
  return value;
}
