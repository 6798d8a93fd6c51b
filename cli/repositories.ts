/** Opening the repositories a command line names: one client for each registry, so that content mounts within it. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLoopbackHost } from '../api/loopback.ts';
import { NotFoundError } from '../errors/errors.ts';
import { openRegistries } from '../oci/client/registries.ts';
import type { CredentialSource } from '../oci/client/sign-in/credentials.ts';
import type { Target } from '../oci/copy/target.ts';
import { dataDirectoryOf } from './data-directory.ts';
import type { Location } from './location.ts';
import { readAuthority } from './read-authority.ts';
import { readServedRegistry, type ServedRegistry } from './served-registry.ts';
import type { Shell } from './shell.ts';

/** Flags of the verbs that speak to registries themselves. */
export interface RegistryFlags {
  /** Data directory of a service on this machine. */
  readonly data?: string;
  /** Path of a PEM file with the certificate authority of a registry. */
  readonly caFile?: string;
  /** Plain HTTP to registries that are not on this machine, too. */
  readonly plainHttp: boolean;
}

/** The same, with plain HTTP for one side alone. */
export interface SidedRegistryFlags extends RegistryFlags {
  readonly sourcePlainHttp?: boolean;
  readonly targetPlainHttp?: boolean;
}

export interface Repositories {
  /** The repository to read from; @throws NotFoundError MANIFEST_UNKNOWN for a directory that is no layout. */
  openSource(location: Location): Promise<Target>;
  /** The repository to write to; a layout is created when the directory is absent. */
  openTarget(location: Location): Promise<Target>;
  close(): Promise<void>;
}

/** Repositories with the given credentials; the caller closes them. */
export async function openRepositories(
  shell: Shell,
  credentials: CredentialSource,
  flags: SidedRegistryFlags,
): Promise<Repositories> {
  const ca = flags.caFile === undefined ? undefined : await readAuthority(resolve(shell.cwd, flags.caFile));
  const served = await readServedRegistry(dataDirectoryOf(shell, flags));
  const urlOf = (registry: string, isPlain: boolean) => registryUrl(registry, isPlain, served);
  const registries = openRegistries({
    credentials,
    urlOf: (registry) => urlOf(registry, flags.plainHttp),
    ca,
    pinnedOf: served.pinnedOf,
    env: shell.env,
    userAgent: 'registry-action-cli',
  });
  const layouts = new Map<string, Promise<Target>>();
  const openLocation = async (location: Location, isPlain: boolean): Promise<Target> => {
    if (location.kind === 'registry') {
      const { registry, repository } = location;
      return await registries.repository(registry, repository, urlOf(registry, isPlain));
    }
    const layout = layouts.get(location.directory) ?? openDirectory(location.directory);
    layouts.set(location.directory, layout);
    return layout;
  };
  return {
    openSource: async (location) => {
      if (location.kind === 'layout') await assertLayout(location.directory);
      return await openLocation(location, flags.plainHttp || (flags.sourcePlainHttp ?? false));
    },
    openTarget: (location) => openLocation(location, flags.plainHttp || (flags.targetPlainHttp ?? false)),
    close: () => registries.close(),
  };
}

/** Loaded when there is one: most copies are between registries. */
async function openDirectory(directory: string): Promise<Target> {
  const { openLayout } = await import('../oci/store/layout.ts');
  return await openLayout(directory);
}

/** The one served here speaks as it was started, other loopback registries plain HTTP, all others HTTPS unless told otherwise. */
function registryUrl(registry: string, plainHttp: boolean, served: ServedRegistry): string {
  const own = served.schemeOf(registry);
  if (own !== undefined) return `${own}//${registry}`;
  const { hostname } = new URL(`http://${registry}`);
  return `${plainHttp || isLoopbackHost(hostname) ? 'http' : 'https'}://${registry}`;
}

async function assertLayout(directory: string): Promise<void> {
  const found = await stat(join(directory, 'oci-layout')).catch(() => undefined);
  if (found?.isFile()) return;
  throw new NotFoundError({
    code: 'MANIFEST_UNKNOWN',
    message: `no image layout: ${directory}`,
    wayOut: 'name a directory that holds the file oci-layout, such as one written by skopeo, buildah or docker buildx',
  });
}
