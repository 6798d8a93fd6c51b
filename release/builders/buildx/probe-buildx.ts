/** Looking for buildx: whether an instance is there that could build, and what it can give out. */
import type { BuildParts } from '../builder.ts';
import { askProgram } from '../program/ask-program.ts';

/** A builder instance of buildx. */
export interface BuildxInstance {
  /** Undefined for the one that is in use. */
  readonly name: string | undefined;
  readonly driver: string;
  /** Whether images come out as OCI layouts; a docker daemon with its old storage keeps them to itself. */
  readonly givesLayouts: boolean;
  /** Whether several machines build, each for some platforms. */
  readonly hasSeveralNodes: boolean;
}

/** The instance, or why there is none. */
export type BuildxProbe =
  | { readonly kind: 'found'; readonly instance: BuildxInstance }
  | { readonly kind: 'absent'; readonly why: string };

/** Looks at the named instance, or at the one in use. One that is not started yet counts: it starts when it builds. */
export async function probeBuildx(
  name: string | undefined,
  parts: Pick<BuildParts, 'env' | 'cwd' | 'signal'>,
): Promise<BuildxProbe> {
  const asked = await askProgram('docker', ['buildx', 'inspect', ...(name === undefined ? [] : [name])], parts);
  if (asked.kind === 'failed') return { kind: 'absent', why: asked.why };
  const driver = readField(asked.answer, 'Driver') ?? '';
  // Of several nodes one may be out of order. What others run must run already; all else is started by the build.
  const ready = driver === 'remote' ? /^Status: +running/m : /^Status: +(?:running|stopped|inactive)/m;
  if (!ready.test(asked.answer)) {
    const why = readField(asked.answer, 'Error') ?? 'no node of it runs';
    return { kind: 'absent', why: `docker buildx: ${why}` };
  }
  const givesLayouts = driver !== 'docker' || (await hasImageStore(parts));
  const hasSeveralNodes = (asked.answer.match(/^Endpoint:/gm) ?? []).length > 1;
  return { kind: 'found', instance: { name, driver, givesLayouts, hasSeveralNodes } };
}

/** Whether the daemon keeps images in containerd, whole and as they are, instead of unpacked. */
async function hasImageStore(parts: Pick<BuildParts, 'env' | 'cwd' | 'signal'>): Promise<boolean> {
  const asked = await askProgram('docker', ['info', '--format', '{{json .DriverStatus}}'], parts);
  return asked.kind === 'answered' && asked.answer.includes('io.containerd.snapshotter');
}

function readField(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: +(.*)$`, 'm').exec(text)?.[1]?.trim();
}
