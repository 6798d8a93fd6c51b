/** How a workload's token looks, before anything in it is believed. */

const signedTokenGrammar = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Whether the text has the form of a signed token, which none of our own API tokens has.
 *
 * Spec: RFC 7515, "JWS Compact Serialization Overview".
 */
export function looksSigned(text: string): boolean {
  return signedTokenGrammar.test(text);
}
