/** Tags: movable names of manifests. */
import { InputError } from '../../errors/errors.ts';

declare const tagBrand: unique symbol;

/** A movable name of a manifest within a repository. */
export type Tag = string & { readonly [tagBrand]: true };

const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Whether the text is a tag. Spec: distribution-spec v1.1.1, "Pulling manifests". */
export function isTag(text: string): text is Tag {
  return tagGrammar.test(text);
}

/**
 * The text as a tag.
 * @throws InputError TAG_INVALID.
 */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text;
  throw new InputError({ code: 'TAG_INVALID', message: `not a tag: ${JSON.stringify(text)}` });
}
