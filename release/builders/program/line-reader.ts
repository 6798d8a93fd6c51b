/** Lines out of chunks of bytes. */

export interface LineReader {
  /** The chunk's text; every line that it completes is reported. */
  read(chunk: Uint8Array): string;
  /** Reports what stands behind the last line break, if anything. */
  end(): void;
}

/** Longest line that is reported in one, in characters: programs that show progress may never break the line. */
const lineCharactersMax = 16 * 1024;

/** A reader that has read nothing yet; `onLine` gets each line without its break, be that \n or \r\n. */
export function openLineReader(onLine: (line: string) => void): LineReader {
  const decoder = new TextDecoder();
  let open = '';

  function report(line: string): void {
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  function add(text: string): void {
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) report(line);
    while (open.length > lineCharactersMax) {
      report(open.slice(0, lineCharactersMax));
      open = open.slice(lineCharactersMax);
    }
  }

  return {
    read(chunk) {
      const text = decoder.decode(chunk, { stream: true });
      add(text);
      return text;
    },
    end() {
      add(decoder.decode());
      if (open !== '') report(open);
      open = '';
    },
  };
}
