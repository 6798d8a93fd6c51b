/** A build that asks for nothing in particular, and what builders work with in tests. */
import type { BuildParts, BuildRequest, RunSettings } from '../../../release/builders/builder.ts';

/** The request with what is given. */
export function sampleRequest(given: Partial<BuildRequest> = {}): BuildRequest {
  return {
    builder: 'auto',
    builderInstance: undefined,
    context: '.',
    file: undefined,
    target: undefined,
    platforms: [],
    buildArgs: [],
    secrets: [],
    ssh: [],
    labels: [],
    annotations: [],
    cache: { from: [], to: [], isOff: false, pull: false },
    attestations: { provenance: undefined, sbom: undefined, placement: 'index' },
    ready: undefined,
    createdAt: undefined,
    loadAs: undefined,
    ...given,
  };
}

/** Nothing said about how files are run, but what is given. */
export function sampleRun(given: Partial<RunSettings> = {}): RunSettings {
  return { entrypoint: [], cmd: [], workdir: undefined, user: undefined, env: [], ports: [], ...given };
}

/** Parts whose files are below the directory, which must hold an empty directory `scratch`. */
export function sampleParts(directory: string, given: Partial<BuildParts> = {}): BuildParts {
  return {
    env: { PATH: process.env['PATH'] },
    cwd: directory,
    scratch: `${directory}/scratch`,
    openRepository: async (reference) => {
      throw new Error(`no repository in this test: ${reference}`);
    },
    onOutput: () => undefined,
    signal: new AbortController().signal,
    ...given,
  };
}
