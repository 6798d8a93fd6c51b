/** Which builder the demo takes: the first that is there, or the one that is asked for. */
import { InputError } from '../../errors/errors.ts';
import type { Environment } from '../shell.ts';
import { buildWithBuildah } from './build-with-buildah.ts';
import { dockerBuilder } from './build-with-docker.ts';
import { ownBuilder } from './build-with-nothing.ts';
import { type Builder, type BuilderName, builderNames } from './builder.ts';
import { runProgram } from './run-program.ts';

/** How long a tool may take to say that it is there, in milliseconds. */
const answerTimeoutMs = 5000;

/** Where to look, and how to end looking. */
export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/**
 * The builder of that name, or the first one that works here.
 * @throws InputError REQUEST_INVALID for a name that is none.
 */
export async function chooseBuilder(wanted: string | undefined, around: Surroundings): Promise<Builder> {
  if (wanted !== undefined) return builderNamed(parseBuilderName(wanted));
  if (await answers('buildah', ['--version'], around)) return builderNamed('buildah');
  // The program alone is of no use: its daemon must run.
  if (await answers('docker', ['version', '--format', '{{.Server.Version}}'], around)) return builderNamed('docker');
  if (await answers('podman', ['--version'], around)) return builderNamed('podman');
  return builderNamed('none');
}

function builderNamed(name: BuilderName): Builder {
  switch (name) {
    case 'buildah':
    case 'podman':
      return buildWithBuildah(name);
    case 'docker':
      return dockerBuilder;
    case 'none':
      return ownBuilder;
  }
}

function parseBuilderName(text: string): BuilderName {
  const name = builderNames.find((known) => known === text);
  if (name !== undefined) return name;
  const wayOut = `write one of ${builderNames.join(', ')}`;
  throw new InputError({ code: 'REQUEST_INVALID', message: `unknown builder: ${text}`, wayOut });
}

async function answers(program: string, words: readonly string[], around: Surroundings): Promise<boolean> {
  return runProgram(program, words, { ...around, timeoutMs: answerTimeoutMs }).then(
    () => true,
    () => false,
  );
}
