/** Challenges: what a registry says one must show to be let in. */

/** One challenge. Spec: RFC 9110, section 11.6.1. */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A scheme with its token68, or `name=value` with the value quoted or not; commas and spaces before it. */
const part =
  /[\s,]*([!#$%&'*+.^_`|~0-9a-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9a-z:/-]+))|\s+[\w.~+/-]+=*(?=\s*(?:,|$)))?/giy;

/**
 * The challenges of a `WWW-Authenticate` header; several may stand in one, and what follows a mistake is lost.
 * Parameters need not be quoted, nor in any order.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, word = '', quoted, plain] of header.matchAll(part)) {
    const name = word.toLowerCase();
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) challenges.push({ scheme: name, parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name, value);
  }
  return challenges;
}
