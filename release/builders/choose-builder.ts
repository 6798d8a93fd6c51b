/** Which builder makes an image: the one that is named, or the first that works here and can do what is asked for. */
import { InputError } from '../../errors/errors.ts';
import { buildWithBuildah, refuseForBuildah } from './buildah/build-with-buildah.ts';
import type { BuildahName } from './buildah/buildah-words.ts';
import type { Builder, BuilderName, BuildParts, BuildRequest } from './builder.ts';
import { buildWithBuildx, refuseForBuildx } from './buildx/build-with-buildx.ts';
import { probeBuildx } from './buildx/probe-buildx.ts';
import { dockerBuilder, refuseForDocker } from './docker/build-with-docker.ts';
import { nothingBuilder } from './none/build-with-nothing.ts';
import { askProgram } from './program/ask-program.ts';
import { type Refusal, refusalError } from './request/refusal.ts';

/** In this order they are looked for; what builds nothing is taken when there is nothing to build. */
const order = ['buildx', 'docker', 'buildah', 'podman'] as const satisfies readonly BuilderName[];

/** The part of a request that decides. */
export type BuilderParts = Pick<BuildParts, 'env' | 'cwd' | 'signal'>;

/** A builder that is here, or why it is not. */
type Candidate =
  | { readonly kind: 'found'; readonly builder: Builder; readonly refusal: Refusal | undefined }
  | { readonly kind: 'absent'; readonly why: string };

/**
 * The builder of the request. Of `auto` it is the first that works here: buildx with a daemon or an instance, docker,
 * buildah, podman; one that cannot do what is asked for is passed over when another one can.
 * @throws InputError BUILDER_MISSING with what was looked for; BUILD_INPUT_INVALID when none that is here can do it.
 */
export async function chooseBuilder(request: BuildRequest, parts: BuilderParts): Promise<Builder> {
  const { builder: wanted, ready } = request;
  if (wanted === 'none') return nothingBuilder;
  if (wanted === 'auto') return ready === undefined ? await firstAble(request, parts) : nothingBuilder;
  if (ready === undefined) return await named(wanted, request, parts);
  const wayOut = 'set builder to none or auto, or name no image that is there already';
  throw refusalError(wanted, { setting: 'builder', what: 'take an image that is there already', wayOut });
}

async function named(name: Exclude<BuilderName, 'none'>, request: BuildRequest, parts: BuilderParts): Promise<Builder> {
  const candidate = await lookFor(name, request, parts);
  if (candidate.kind === 'absent') throw missing(`the builder ${name} does not work here`, [candidate.why]);
  if (candidate.refusal !== undefined) throw refusalError(name, candidate.refusal);
  return candidate.builder;
}

async function firstAble(request: BuildRequest, parts: BuilderParts): Promise<Builder> {
  const why: string[] = [];
  let unable: { readonly name: BuilderName; readonly refusal: Refusal } | undefined;
  for (const name of order) {
    const candidate = await lookFor(name, request, parts);
    if (candidate.kind === 'absent') why.push(candidate.why);
    else if (candidate.refusal === undefined) return candidate.builder;
    else unable ??= { name, refusal: candidate.refusal };
  }
  if (unable !== undefined) throw refusalError(unable.name, unable.refusal);
  throw missing(`no builder works here; looked for ${order.join(', ')}`, why);
}

async function lookFor(
  name: Exclude<BuilderName, 'none'>,
  request: BuildRequest,
  parts: BuilderParts,
): Promise<Candidate> {
  switch (name) {
    case 'buildx':
      return await lookForBuildx(request, parts);
    case 'docker':
      return await lookForDocker(request, parts);
    case 'buildah':
    case 'podman':
      return await lookForBuildah(name, request, parts);
  }
}

async function lookForBuildx(request: BuildRequest, parts: BuilderParts): Promise<Candidate> {
  const probe = await probeBuildx(request.builderInstance, parts);
  if (probe.kind === 'absent') return probe;
  const { instance } = probe;
  return { kind: 'found', builder: buildWithBuildx(instance), refusal: refuseForBuildx(instance, request) };
}

/** The program alone is of no use: its daemon must run. */
async function lookForDocker(request: BuildRequest, parts: BuilderParts): Promise<Candidate> {
  const asked = await askProgram('docker', ['version', '--format', '{{.Server.Version}}'], parts);
  if (asked.kind === 'failed') return { kind: 'absent', why: asked.why };
  return { kind: 'found', builder: dockerBuilder, refusal: refuseForDocker(request) };
}

async function lookForBuildah(name: BuildahName, request: BuildRequest, parts: BuilderParts): Promise<Candidate> {
  const asked = await askProgram(name, ['--version'], parts);
  if (asked.kind === 'failed') return { kind: 'absent', why: asked.why };
  return { kind: 'found', builder: buildWithBuildah(name), refusal: refuseForBuildah(request) };
}

function missing(what: string, why: readonly string[]): InputError {
  const reasons = [...new Set(why)].join('; ');
  return new InputError({
    code: 'BUILDER_MISSING',
    message: reasons === '' ? what : `${what}: ${reasons}`,
    wayOut:
      'install docker with buildx, buildah or podman and see that it runs; or name an image that is there already by ' +
      'source, such as oci:directory or docker-archive:file, which needs none of them',
  });
}
