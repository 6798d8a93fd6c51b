/** The target of a request, decoded exactly once. */

export interface RequestTarget {
  /** Printable ASCII, no escapes, no `.` or `..` as a segment. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What an escape may stand for: a printable character that means nothing in a path. */
const escapable = /^[!-$&-.0-[\]-~]$/;

/** Of the decoded path: printable ASCII without backslash and percent. */
const pathGrammar = /^[!-$&-[\]-~]*$/;

/**
 * Path and query of a request line; undefined when the path is malformed or hides something: an escaped slash or
 * backslash, NUL, a second layer of escapes, a step to another directory.
 */
export function parseRequestTarget(target: string): RequestTarget | undefined {
  const queryStart = target.indexOf('?');
  const escaped = queryStart < 0 ? target : target.slice(0, queryStart);
  const path = decodePath(escaped);
  if (path === undefined || path.split('/').some((segment) => segment === '.' || segment === '..')) return undefined;
  return { path, query: parseQuery(queryStart < 0 ? '' : target.slice(queryStart + 1)) };
}

/** The one value of a parameter; undefined when it is absent, or given twice so that two readers could disagree. */
export function onlyValue(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

function decodePath(escaped: string): string | undefined {
  let hidden = false;
  const path = escaped.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    hidden ||= !escapable.test(character);
    return character;
  });
  return hidden || !pathGrammar.test(path) ? undefined : path;
}

/** A plus stands for itself: media types have one, and clients do not all escape it. */
function parseQuery(text: string): URLSearchParams {
  return new URLSearchParams(text.replaceAll('+', '%2B'));
}
