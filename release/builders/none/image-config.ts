/** The configuration of an image that is made of plain files. */
import { InputError } from '../../../errors/errors.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import type { Platform } from '../../../oci/spec/platform.ts';
import type { NamedValue, RunSettings } from '../builder.ts';

export interface ImageConfigParts {
  readonly platform: Platform;
  readonly run: RunSettings;
  readonly labels: readonly NamedValue[];
  readonly createdAt: number | undefined;
  /** Digests of the layers without compression. */
  readonly diffIds: readonly Digest[];
}

/** A port as configurations have it: a number, and the protocol where it is not TCP. */
const portGrammar = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/;

/**
 * The document. What nobody asked for is left out, so that the same settings give the same bytes.
 * Spec: image-spec v1.1.1, "OCI Image Configuration".
 * @throws InputError BUILD_INPUT_INVALID for a port that is none.
 */
export function imageConfig({ platform, run, labels, createdAt, diffIds }: ImageConfigParts): object {
  const created = createdAt === undefined ? undefined : new Date(Math.floor(createdAt / 1000) * 1000);
  // As container tools write it, without the fractions that are always nought.
  const moment = created === undefined ? {} : { created: created.toISOString().replace('.000Z', 'Z') };
  return {
    ...moment,
    ...platform,
    config: {
      ...(run.user === undefined ? {} : { User: run.user }),
      ...ifAny('ExposedPorts', Object.fromEntries(run.ports.map((port) => [readPort(port), {}]))),
      ...ifAny(
        'Env',
        run.env.map(({ name, value }) => `${name}=${value}`),
      ),
      ...ifAny('Entrypoint', run.entrypoint),
      ...ifAny('Cmd', run.cmd),
      WorkingDir: run.workdir ?? '/',
      ...ifAny('Labels', Object.fromEntries(labels.map(({ name, value }) => [name, value]))),
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [{ ...moment, created_by: 'registry-action' }],
  };
}

function ifAny(name: string, value: object): object {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}

function readPort(text: string): string {
  const [, number, protocol = 'tcp'] = portGrammar.exec(text) ?? [];
  if (number !== undefined && Number(number) > 0 && Number(number) <= portMax) return `${Number(number)}/${protocol}`;
  const wayOut = 'write ports such as 8080 or 53/udp';
  throw new InputError({ code: 'BUILD_INPUT_INVALID', message: `not a port: ${JSON.stringify(text)}`, wayOut });
}

const portMax = 65_535;
