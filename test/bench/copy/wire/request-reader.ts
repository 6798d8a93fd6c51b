/** Reads the requests off a connection as it passes, without touching a byte of it. */

/** One request line. */
export interface RequestLine {
  readonly method: string;
  readonly path: string;
}

/** Longest line of a head: twice what registries put into a signed URL. */
const lineCharactersMax = 64 * 1024;

/**
 * A function to feed every chunk that a client sends; it calls back once for each request, when its head is complete.
 * Bodies are skipped by Content-Length or chunk by chunk.
 */
export function openRequestReader(onRequest: (request: RequestLine) => void): (chunk: Buffer) => void {
  let line = '';
  let skipBytes = 0;
  let takeLine = expectRequest;
  let request: RequestLine = { method: '', path: '' };
  let isChunked = false;
  let bodyBytes = 0;

  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (skipBytes > 0) {
        const skipped = Math.min(skipBytes, rest.length);
        skipBytes -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const end = rest.indexOf('\n');
      line += rest.toString('latin1', 0, end < 0 ? rest.length : end);
      if (line.length > lineCharactersMax) throw new Error(`a line of more than ${lineCharactersMax} characters`);
      if (end < 0) return;
      rest = rest.subarray(end + 1);
      const whole = line.trimEnd();
      line = '';
      takeLine(whole);
    }
  };

  function expectRequest(text: string): void {
    // Blank lines before a request are to be ignored. Spec: RFC 9112, "Message Parsing".
    if (text === '') return;
    const [method = '', path = ''] = text.split(' ');
    request = { method, path };
    isChunked = false;
    bodyBytes = 0;
    takeLine = expectHeader;
  }

  function expectHeader(text: string): void {
    if (text === '') {
      onRequest(request);
      takeLine = isChunked ? expectChunkSize : expectRequest;
      skipBytes = isChunked ? 0 : bodyBytes;
      return;
    }
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
    if (name.toLowerCase() === 'content-length') bodyBytes = Number.parseInt(value, 10);
    if (name.toLowerCase() === 'transfer-encoding' && /chunked/i.test(value)) isChunked = true;
  }

  function expectChunkSize(text: string): void {
    const size = Number.parseInt(text, 16);
    if (size === 0) takeLine = expectTrailer;
    else skipBytes = size + '\r\n'.length;
  }

  function expectTrailer(text: string): void {
    if (text === '') takeLine = expectRequest;
  }
}
