/** References: `registry/repository[:tag][@digest]`, as people write them. */
import { InputError } from '../../errors/errors.ts';
import { type Digest, isDigest } from './digest.ts';
import { isRepositoryName, type RepositoryName } from './repository-name.ts';
import { isTag, type Tag } from './tag.ts';

/** Where an image is: registry and repository always, tag and digest where written. */
export interface Reference {
  /** Host and, where written, port; lower case. */
  readonly registry: string;
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/** Docker Hub, whose official images are written without their repository prefix `library/`. */
const dockerHub = 'docker.io';
/** The name Docker Hub had first; configuration files still carry it. */
const dockerHubOldName = 'index.docker.io';

const registryGrammar =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]{2,45}\])(?::([0-9]{1,5}))?$/;
/** Longest host name of the DNS. */
const registryCharsMax = 253;
const portMax = 65_535;

/**
 * The text as a reference. The registry must be written: the first component has a dot or a colon, or is `localhost`.
 * @throws InputError REFERENCE_INVALID.
 */
export function parseReference(text: string): Reference {
  const [beforeDigest, digest] = splitOff(text, text.indexOf('@'));
  const slash = beforeDigest.indexOf('/');
  const path = beforeDigest.slice(slash + 1);
  const [repository, tag] = splitOff(path, path.indexOf(':'));
  const registry = parseRegistry(beforeDigest.slice(0, Math.max(slash, 0)), text);
  const fullRepository = registry === dockerHub && !repository.includes('/') ? `library/${repository}` : repository;

  if (!isRepositoryName(fullRepository)) throw invalid(text, 'the repository name is not valid');
  if (tag !== undefined && !isTag(tag)) throw invalid(text, 'the tag is not valid');
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, 'the digest is not valid');
  return {
    registry,
    repository: fullRepository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The reference as people write it; parsing it again gives the same reference. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

function parseRegistry(written: string, text: string): string {
  const registry = written.toLowerCase();
  if (!/[.:]/.test(registry) && registry !== 'localhost') throw invalid(text, 'the registry is missing');
  const match = registryGrammar.exec(registry);
  const port = Number(match?.[1] ?? '1');
  if (match === null || registry.length > registryCharsMax || port < 1 || port > portMax) {
    throw invalid(text, 'the registry is not a host name with an optional port');
  }
  return registry === dockerHubOldName ? dockerHub : registry;
}

/** Both sides of the separator at `index`; the second is undefined when there is none. */
function splitOff(text: string, index: number): [string, string | undefined] {
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function invalid(text: string, why: string): InputError {
  return new InputError({ code: 'REFERENCE_INVALID', message: `not a reference: ${JSON.stringify(text)}: ${why}` });
}
