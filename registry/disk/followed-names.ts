/** A set of names that is found once, late, and kept right by every change before, meanwhile and after. */

export interface FollowedNames<Name extends string> {
  /** Whether the name is there; undefined while only what has changed is known, and this one has not. */
  has(name: Name): boolean | undefined;
  /** Tells that the name is there from now on, or no more. */
  change(name: Name, isThere: boolean): void;
  /** Takes what a search found that may have missed any change: what changed since the very beginning wins. */
  begin(found: ReadonlySet<Name>): void;
  /** The names, sorted; none before `begin`. */
  list(): readonly Name[];
}

/** Nothing known and nothing changed. */
export function followedNames<Name extends string>(): FollowedNames<Name> {
  const changes = new Map<Name, boolean>();
  let names: Set<Name> | undefined;
  let sorted: readonly Name[] | undefined;

  function put(into: Set<Name>, name: Name, isThere: boolean): void {
    if (into.has(name) === isThere) return;
    if (isThere) into.add(name);
    else into.delete(name);
    sorted = undefined;
  }

  return {
    has: (name) => (names === undefined ? changes.get(name) : names.has(name)),
    change(name, isThere) {
      if (names === undefined) changes.set(name, isThere);
      else put(names, name, isThere);
    },
    begin(found) {
      names = new Set(found);
      sorted = undefined;
      for (const [name, isThere] of changes) put(names, name, isThere);
      changes.clear();
    },
    list() {
      sorted ??= [...(names ?? [])].sort();
      return sorted;
    },
  };
}
