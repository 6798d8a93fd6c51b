/** How the tags of one ladder are spelled. A ladder is keyed by its component and variant; other tags are not its own. */

import { InputError } from '../errors/errors.ts';
import { parseTag, type Tag } from '../oci/spec/tag.ts';

/** What is written around a version or a rung to make it a tag. */
export interface TagNaming {
  /** `api-` where several components share a repository: api-1.2.3, api-1, api-latest. Empty when there is one. */
  readonly component: string;
  /** Before the number alone: v1.2.3, v1, but latest and rc. */
  readonly tagPrefix: '' | 'v';
  /** The variant that is released, without its dash: `alpine` for 1.2.3-alpine. Empty for the plain one. */
  readonly variant: string;
  /** Every variant there is. One that is not declared is read as a prerelease: 1.2.3-alpine on channel `alpine`. */
  readonly variants: readonly string[];
  /** Tags cannot spell `+`: a version with build metadata is refused, or its `+` is written as `_`. */
  readonly buildMetadata: 'reject' | 'underscore';
}

/** One component, one variant, no prefix, no build metadata. */
export const defaultNaming: TagNaming = {
  component: '',
  tagPrefix: '',
  variant: '',
  variants: [],
  buildMetadata: 'reject',
};

/** Begins with a letter, so that it cannot be read as a version, and ends in a separator, so that it cannot run into one. */
const componentGrammar = /^[a-zA-Z][a-zA-Z0-9._-]*[._-]$/;
const variantGrammar = /^[a-zA-Z][a-zA-Z0-9.-]*$/;

/**
 * The naming with the defaults filled in.
 * @throws InputError LADDER_INVALID when a component or variant would make tags ambiguous.
 */
export function parseTagNaming(written: Partial<TagNaming>): TagNaming {
  const naming = { ...defaultNaming, ...written };
  const variants = naming.variant === '' ? naming.variants : [...new Set([...naming.variants, naming.variant])];
  if (naming.component !== '' && !componentGrammar.test(naming.component))
    throw ladderInvalid('component', naming.component, 'write a letter first and a dash last, such as api-');
  for (const variant of variants)
    if (!variantGrammar.test(variant))
      throw ladderInvalid('variant', variant, 'write a letter first, then letters, digits, dots or dashes');
  return { ...naming, variants };
}

/**
 * Tag of an exact version or of a rung that is a number: `1.2` is spelled v1.2-alpine.
 * @throws InputError TAG_INVALID when it is longer than a tag can be.
 */
export function numberTag(number: string, naming: TagNaming): Tag {
  return parseTag(`${naming.component}${naming.tagPrefix}${number}${suffixOf(naming.variant)}`);
}

/** Tag of a rung that is a word: `latest` is spelled api-latest-alpine. */
export function wordTag(word: string, naming: TagNaming): Tag {
  return parseTag(`${naming.component}${word}${suffixOf(naming.variant)}`);
}

/** What numberTag was given, when the tag is spelled as this ladder spells numbers; undefined for every other tag. */
export function readNumberTag(tag: string, naming: TagNaming): string | undefined {
  const before = naming.component + naming.tagPrefix;
  if (!tag.startsWith(before) || variantOf(tag, naming.variants) !== naming.variant) return undefined;
  return tag.slice(before.length, tag.length - suffixOf(naming.variant).length);
}

/** The declared variant a tag ends in; the longest, so that slim-alpine is not alpine. Empty for none. */
function variantOf(tag: string, variants: readonly string[]): string {
  return variants.reduce((longest, variant) => {
    return tag.endsWith(suffixOf(variant)) && variant.length > longest.length ? variant : longest;
  }, '');
}

function suffixOf(variant: string): string {
  return variant === '' ? '' : `-${variant}`;
}

function ladderInvalid(setting: string, value: string, wayOut: string): InputError {
  return new InputError({ code: 'LADDER_INVALID', message: `not a ${setting}: ${JSON.stringify(value)}`, wayOut });
}
