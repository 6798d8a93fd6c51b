/** Calls about tags, as tests send them. */
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { breakGlassHeader } from '../../../registry/tags/break-glass.ts';
import { type Content, contentOf, manifestOf } from '../../oci/content.ts';
import { type Caller, jsonOf, type RegistryUnderTest, type Reply } from '../registry-under-test.ts';

/** The configuration of all images here. */
export const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));

/** Image number n. */
export function imageNumber(n: number): Content {
  return manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], n });
}

export interface CallOptions {
  readonly as?: Caller;
  readonly breakGlass?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TagCalls {
  /** Points the tag at the image. */
  put(tag: string, image: Content, options?: CallOptions): Promise<Reply>;
  /** Deletes a tag or a manifest. */
  remove(tagOrDigest: string, options?: CallOptions): Promise<Reply>;
  /** What the tag names; undefined when it is not there. */
  named(tag: string): Promise<unknown>;
  /** Of the tag's own resources. */
  ask(method: string, tag: string, word: string, body?: object, options?: CallOptions): Promise<Reply>;
  /** The moves that the history tells, the oldest first. */
  moves(tag: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Calls to one repository. */
export function tagCalls(registry: () => RegistryUnderTest, repository: string): TagCalls {
  const path = (name: string) => `/v2/${repository}/manifests/${name}`;
  const headersOf = ({ breakGlass, headers }: CallOptions) => ({
    ...headers,
    ...(breakGlass === undefined ? {} : { [breakGlassHeader]: breakGlass }),
  });
  const callerOf = ({ as }: CallOptions) => (as === undefined ? {} : { as });

  async function ask(
    method: string,
    tag: string,
    word: string,
    body?: object,
    options: CallOptions = {},
  ): Promise<Reply> {
    return registry().call({
      method,
      path: `/admin/v1/tags/${repository}/${tag}/${word}`,
      headers: headersOf(options),
      ...callerOf(options),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  return {
    put: (tag, { descriptor, bytes }, options = {}) =>
      registry().call({
        method: 'PUT',
        path: path(tag),
        headers: { 'content-type': descriptor.mediaType, ...headersOf(options) },
        body: bytes,
        ...callerOf(options),
      }),
    remove: (name, options = {}) =>
      registry().call({ method: 'DELETE', path: path(name), headers: headersOf(options), ...callerOf(options) }),
    async named(tag) {
      return (await registry().call({ method: 'HEAD', path: path(tag) })).headers['docker-content-digest'];
    },
    ask,
    async moves(tag) {
      const { moves } = jsonOf(await ask('GET', tag, 'history')) as { moves: Readonly<Record<string, unknown>>[] };
      return moves.toReversed();
    },
  };
}

/** The codes of the reasons that a refusal of the distribution API lists. */
export function reasonsIn(reply: Reply): readonly string[] {
  const { errors } = jsonOf(reply) as { errors: { detail: { reasons: { code: string }[] } }[] };
  return errors.flatMap(({ detail }) => detail.reasons.map(({ code }) => code));
}
