/** Repository names: `team/app`. */
import { InputError } from '../../errors/errors.ts';

declare const repositoryNameBrand: unique symbol;

/** Name of a repository within a registry. */
export type RepositoryName = string & { readonly [repositoryNameBrand]: true };

/**
 * Longest name we accept. Clients commonly limit registry host, `/` and name together to 255 characters, so a longer
 * name could not be pulled by them. Spec: distribution-spec v1.1.1, "Pulling manifests".
 */
export const repositoryNameCharsMax = 255;

const repositoryNameGrammar = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Whether the text is a repository name. Spec: distribution-spec v1.1.1, "Pulling manifests". */
export function isRepositoryName(text: string): text is RepositoryName {
  return text.length <= repositoryNameCharsMax && repositoryNameGrammar.test(text);
}

/**
 * The text as a repository name.
 * @throws InputError REPOSITORY_INVALID.
 */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text;
  throw new InputError({ code: 'REPOSITORY_INVALID', message: `not a repository name: ${JSON.stringify(text)}` });
}
