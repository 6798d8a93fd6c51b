/** The payload of an event, read by paths such as `pull_request.head.sha`: it is outside text and may be anything. */
export interface EventPayload {
  /** Undefined when there is none, or it is no text; a text is never empty. */
  text(path: string): string | undefined;
  /** Undefined when there is none, or it is no whole number above zero. */
  number(path: string): number | undefined;
  /** Whether something is there that is not null. */
  has(path: string): boolean;
}

/** The payload of a JSON value. */
export function eventPayload(value: unknown): EventPayload {
  const find = (path: string): unknown => {
    let found: unknown = value;
    for (const name of path.split('.')) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
      found = Reflect.get(found, name);
    }
    return found;
  };
  return {
    text(path) {
      const found = find(path);
      return typeof found === 'string' && found !== '' ? found : undefined;
    },
    number(path) {
      const found = find(path);
      return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : undefined;
    },
    has: (path) => (find(path) ?? undefined) !== undefined,
  };
}
