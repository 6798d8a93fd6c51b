/** Looking whether a builder works here. */
import { buildWithBuildah, refuseForBuildah } from './buildah/build-with-buildah.ts';
import type { Builder, BuilderName, BuildParts, BuildRequest } from './builder.ts';
import { buildWithBuildx, refuseForBuildx } from './buildx/build-with-buildx.ts';
import { probeBuildx } from './buildx/probe-buildx.ts';
import { dockerBuilder, refuseForDocker } from './docker/build-with-docker.ts';
import { nothingBuilder } from './none/build-with-nothing.ts';
import { type Asked, askProgram } from './program/ask-program.ts';
import type { Refusal } from './request/refusal.ts';

/** Where is looked. */
export type BuilderPlace = Pick<BuildParts, 'env' | 'cwd' | 'signal'>;

/** The builder and what it cannot do of a request, or why it is not here. */
export type FoundBuilder =
  | {
      readonly kind: 'found';
      readonly builder: Builder;
      readonly refuse: (request: BuildRequest) => Refusal | undefined;
    }
  | { readonly kind: 'absent'; readonly why: string };

/** Looks for it; `instance` is one of buildx, undefined for the one in use. The one that builds nothing is everywhere. */
export async function findBuilder(
  name: BuilderName,
  place: BuilderPlace,
  instance?: string | undefined,
): Promise<FoundBuilder> {
  switch (name) {
    case 'buildx':
      return await findBuildx(place, instance);
    case 'docker': {
      // The program alone is of no use: its daemon must run.
      const asked = await askProgram('docker', ['version', '--format', '{{.Server.Version}}'], place);
      return foundWhen(asked, dockerBuilder, refuseForDocker);
    }
    case 'buildah':
    case 'podman':
      return foundWhen(await askProgram(name, ['--version'], place), buildWithBuildah(name), refuseForBuildah);
    case 'none':
      return { kind: 'found', builder: nothingBuilder, refuse: () => undefined };
  }
}

async function findBuildx(place: BuilderPlace, name: string | undefined): Promise<FoundBuilder> {
  const probe = await probeBuildx(name, place);
  if (probe.kind === 'absent') return probe;
  const { instance } = probe;
  return {
    kind: 'found',
    builder: buildWithBuildx(instance),
    refuse: (request) => refuseForBuildx(instance, request),
  };
}

function foundWhen(
  asked: Asked,
  builder: Builder,
  refuse: (request: BuildRequest) => Refusal | undefined,
): FoundBuilder {
  return asked.kind === 'failed' ? { kind: 'absent', why: asked.why } : { kind: 'found', builder, refuse };
}
