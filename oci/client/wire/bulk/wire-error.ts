/** What goes wrong on a connection of our own: an answer that is not HTTP/1.1, or breaks off. */

/** An error with a code, as the system's and undici's have one; transport-failure.ts makes of it what callers see. */
export class WireError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'WireError';
    this.code = code;
  }
}

/** The other side ended the connection before the end of its answer. */
export function hungUp(): WireError {
  return new WireError('ECONNRESET', 'other side closed');
}

/** What came is not HTTP/1.1, or can be read in two ways. */
export function malformed(what: string): WireError {
  return new WireError('ANSWER_MALFORMED', `answer is not HTTP/1.1: ${what}`);
}
