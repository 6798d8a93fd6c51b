/** Where an image is, as written on the command line: a registry's reference, or an OCI image layout in a directory. */
import { resolve } from 'node:path';
import { InputError } from '../errors/errors.ts';
import { type Digest, isDigest } from '../oci/spec/digest.ts';
import { parseReference, type Reference } from '../oci/spec/reference.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../oci/spec/tag.ts';

/** A repository, and what is named in it. */
export type Location = (
  | { readonly kind: 'registry'; readonly registry: string; readonly repository: RepositoryName }
  | { readonly kind: 'layout'; readonly directory: string }
) & { readonly tag?: Tag; readonly digest?: Digest };

const layoutPrefix = 'oci:';

/** How skopeo and podman begin what lies in a registry; taken, so that their command lines can be pasted. */
const registryPrefix = 'docker://';

/**
 * The location that `registry/repository[:tag][@digest]` or `oci:DIRECTORY[:tag][@digest]` names.
 * @throws InputError REFERENCE_INVALID.
 */
export function parseLocation(text: string, cwd: string): Location {
  if (text.startsWith(layoutPrefix)) return parseLayout(text, cwd);
  const { registry, repository, tag, digest } = parseRegistryReference(text);
  return { kind: 'registry', registry, repository, ...named(tag, digest) };
}

/** The repository of a location as people write it, without tag and digest. */
export function formatRepository(location: Location): string {
  return location.kind === 'layout'
    ? `${layoutPrefix}${location.directory}`
    : `${location.registry}/${location.repository}`;
}

/** The digest of a location where written, else its tag: what to resolve. */
export function tagOrDigestOf(location: Location): Tag | Digest | undefined {
  return location.digest ?? location.tag;
}

function parseRegistryReference(text: string): Reference {
  const written = text.startsWith(registryPrefix) ? text.slice(registryPrefix.length) : text;
  try {
    return parseReference(written);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    const { code, message } = cause;
    throw new InputError({ code, message, wayOut: wayOutOf(written), cause });
  }
}

/** What was probably meant: docker adds its own registry where none is written, other tools have names of their own. */
function wayOutOf(written: string): string {
  const [scheme] = /^[a-z-]+(?=:\/\/)/i.exec(written) ?? [];
  if (scheme !== undefined) return `leave out ${scheme}://, and see --plain-http`;
  const forms = 'write registry/repository:tag, registry/repository@digest or oci:DIRECTORY:tag';
  if (/^[./~]/.test(written)) return `for a directory write ${layoutPrefix}${written}`;
  const onHub = `docker.io/${written}`;
  return isReference(onHub) ? `${forms}; for Docker Hub ${onHub}` : forms;
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}

function parseLayout(text: string, cwd: string): Location {
  const [path = '', digest] = splitLast(text.slice(layoutPrefix.length), '@', isDigest);
  const [directory = '', tag] = splitLast(path, ':', isTag);
  if (directory === '') throw invalid(text, 'the directory is missing');
  return { kind: 'layout', directory: resolve(cwd, directory), ...named(tag, digest) };
}

/** Both sides of the last separator when what follows is a name; a path may contain the separator itself. */
function splitLast<Name extends string>(
  text: string,
  separator: string,
  isName: (text: string) => text is Name,
): [string, Name?] {
  const index = text.lastIndexOf(separator);
  const name = text.slice(index + 1);
  return index >= 0 && isName(name) ? [text.slice(0, index), name] : [text];
}

function named(tag: Tag | undefined, digest: Digest | undefined) {
  return { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function invalid(text: string, why: string): InputError {
  return new InputError({
    code: 'REFERENCE_INVALID',
    message: `not a location: ${JSON.stringify(text)}: ${why}`,
    wayOut: 'write registry/repository:tag, registry/repository@digest or oci:DIRECTORY:tag',
  });
}
