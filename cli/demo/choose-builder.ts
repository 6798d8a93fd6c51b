/** Which builder the demo takes: the first that is there, or the one that is asked for. */
import { InputError } from '../../errors/errors.ts';
import type { Builder } from '../../release/builders/builder.ts';
import { type BuilderPlace, findBuilder } from '../../release/builders/find-builder.ts';
import { nothingBuilder } from '../../release/builders/none/build-with-nothing.ts';

/** In this order: all do without the network, and buildah without daemon and privileges. */
const builderNames = ['buildah', 'docker', 'podman', 'none'] as const;

/**
 * The builder of that name, or the first one that works here.
 * @throws InputError REQUEST_INVALID for a name that is none, BUILDER_MISSING for a builder that is not here.
 */
export async function chooseBuilder(wanted: string | undefined, place: BuilderPlace): Promise<Builder> {
  if (wanted !== undefined) return await named(wanted, place);
  for (const name of builderNames) {
    const found = await findBuilder(name, place);
    if (found.kind === 'found') return found.builder;
  }
  return nothingBuilder;
}

async function named(wanted: string, place: BuilderPlace): Promise<Builder> {
  const found = await findBuilder(parseBuilderName(wanted), place);
  if (found.kind === 'found') return found.builder;
  const message = `the builder ${wanted} does not work here: ${found.why}`;
  throw new InputError({ code: 'BUILDER_MISSING', message, wayOut: 'let the demo take the first builder that works' });
}

function parseBuilderName(text: string): (typeof builderNames)[number] {
  const name = builderNames.find((known) => known === text);
  if (name !== undefined) return name;
  const wayOut = `write one of ${builderNames.join(', ')}`;
  throw new InputError({ code: 'REQUEST_INVALID', message: `unknown builder: ${text}`, wayOut });
}
