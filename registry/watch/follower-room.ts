/** Room for requests that wait for events: each holds a connection. */

export interface FollowerRoom {
  /** Takes a place for the caller, and returns what gives it back; undefined when there is none. */
  enter(caller: string): (() => void) | undefined;
}

/** Requests that may wait at once, of all callers and of one. */
export const followersMax = 64;
export const followersPerCallerMax = 16;

/** An empty room. */
export function openFollowerRoom(): FollowerRoom {
  const places: string[] = [];
  return {
    enter(caller) {
      const own = places.filter((name) => name === caller).length;
      if (places.length >= followersMax || own >= followersPerCallerMax) return undefined;
      places.push(caller);
      return () => void places.splice(places.indexOf(caller), 1);
    },
  };
}
