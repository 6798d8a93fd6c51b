/** What a builder cannot do of what it is asked for. */
import { InputError } from '../../../errors/errors.ts';
import type { BuilderName, BuildRequest } from '../builder.ts';

export interface Refusal {
  /** The setting that asks for it. */
  readonly setting: string;
  /** What cannot be done, as in "docker does not …". */
  readonly what: string;
  /** What can be done instead. */
  readonly wayOut: string;
}

/** The error for it. */
export function refusalError(builder: BuilderName, { setting, what, wayOut }: Refusal): InputError {
  return new InputError({ code: 'BUILD_INPUT_INVALID', message: `${setting}: ${builder} does not ${what}`, wayOut });
}

/** The way out of whoever needs what BuildKit alone can do. */
export const useBuildx = 'leave it out, or set builder to buildx';

/** Whether a setting of attestations asks for some. */
export function isWanted(setting: string | undefined): boolean {
  return setting !== undefined && setting !== 'false';
}

/** What every builder but buildx refuses: to say who built what. */
export function refuseAttestations({ attestations }: Pick<BuildRequest, 'attestations'>): Refusal | undefined {
  const what = 'make attestations';
  if (isWanted(attestations.provenance)) return { setting: 'provenance', what, wayOut: useBuildx };
  if (isWanted(attestations.sbom)) return { setting: 'sbom', what, wayOut: useBuildx };
  return undefined;
}

/** A builder instance is a thing of buildx. */
export function refuseInstance({ builderInstance }: Pick<BuildRequest, 'builderInstance'>): Refusal | undefined {
  if (builderInstance === undefined) return undefined;
  return { setting: 'builder-instance', what: 'know instances', wayOut: useBuildx };
}
