/** Which builder makes an image: the one that is named, or the first that works here and can do what is asked for. */
import { InputError } from '../../errors/errors.ts';
import type { Builder, BuilderName, BuildRequest } from './builder.ts';
import { type BuilderPlace, findBuilder } from './find-builder.ts';
import { nothingBuilder } from './none/build-with-nothing.ts';
import { type Refusal, refusalError } from './request/refusal.ts';

/** In this order they are looked for; what builds nothing is taken when there is nothing to build. */
const order = ['buildx', 'docker', 'buildah', 'podman'] as const satisfies readonly BuilderName[];

/**
 * The builder of the request. Of `auto` it is the first that works here: buildx with a daemon or an instance, docker,
 * buildah, podman; one that cannot do what is asked for is passed over when another one can.
 * @throws InputError BUILDER_MISSING with what was looked for; BUILD_INPUT_INVALID when none that is here can do it.
 */
export async function chooseBuilder(request: BuildRequest, place: BuilderPlace): Promise<Builder> {
  const { builder: wanted, ready } = request;
  if (wanted === 'auto') return ready === undefined ? await firstAble(request, place) : nothingBuilder;
  if (ready === undefined || wanted === 'none') return await named(wanted, request, place);
  const wayOut = 'set builder to none or auto, or name no image that is there already';
  throw refusalError(wanted, { setting: 'builder', what: 'take an image that is there already', wayOut });
}

async function named(name: BuilderName, request: BuildRequest, place: BuilderPlace): Promise<Builder> {
  const found = await findBuilder(name, place, request.builderInstance);
  if (found.kind === 'absent') throw missing(`the builder ${name} does not work here`, [found.why]);
  const refusal = found.refuse(request);
  if (refusal !== undefined) throw refusalError(name, refusal);
  return found.builder;
}

async function firstAble(request: BuildRequest, place: BuilderPlace): Promise<Builder> {
  const why: string[] = [];
  let unable: { readonly name: BuilderName; readonly refusal: Refusal } | undefined;
  for (const name of order) {
    const found = await findBuilder(name, place, request.builderInstance);
    const refusal = found.kind === 'found' ? found.refuse(request) : undefined;
    if (found.kind === 'absent') why.push(found.why);
    else if (refusal === undefined) return found.builder;
    else unable ??= { name, refusal };
  }
  if (unable !== undefined) throw refusalError(unable.name, unable.refusal);
  throw missing(`no builder works here; looked for ${order.join(', ')}`, why);
}

function missing(what: string, why: readonly string[]): InputError {
  return new InputError({
    code: 'BUILDER_MISSING',
    message: `${what}: ${[...new Set(why)].join('; ')}`,
    wayOut:
      'install docker with buildx, buildah or podman and see that it runs; or name an image that is there already by ' +
      'source, such as oci:directory or docker-archive:file, which needs none of them',
  });
}
