/** Every client that people have, each with a home of its own, and one docker daemon. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContainerTools, openContainerTools } from '../container-tools.ts';
import { type DockerDaemon, openDockerDaemon } from '../docker-daemon.ts';
import { openScratchDirectory } from '../scratch-directory.ts';
import type { Client, ClientInit, Site } from './client.ts';
import { openContainersClient } from './containers-client.ts';
import { openCraneClient } from './crane-client.ts';
import { openDockerClient } from './docker-client.ts';
import { type ImageWorkshop, openImageWorkshop } from './image-workshop.ts';
import { openOrasClient } from './oras-client.ts';
import { openRegctlClient } from './regctl-client.ts';
import { openSkopeoClient } from './skopeo-client.ts';

/**
 * Their names: the suites are made of them before any is there. In this order they are told whom to trust, since podman's
 * relatives find what podman is told, and all but two of them what docker is told.
 */
export const clientNames = ['oras', 'crane', 'regctl', 'skopeo', 'buildah', 'podman', 'docker'] as const;
export type ClientName = (typeof clientNames)[number];

export interface ClientWorld {
  readonly directory: string;
  readonly workshop: ImageWorkshop;
  readonly daemon: DockerDaemon;
  client(name: ClientName): Client;
  /** What the client runs its program by. */
  tools(name: ClientName): ContainerTools;
  close(): Promise<void>;
}

const openers: Readonly<Record<ClientName, (init: ClientInit) => Client>> = {
  docker: openDockerClient,
  podman: (init) => openContainersClient('podman', init),
  buildah: (init) => openContainersClient('buildah', init),
  skopeo: openSkopeoClient,
  crane: openCraneClient,
  regctl: openRegctlClient,
  oras: openOrasClient,
};

/** All of them for one site; nobody is signed in, and none trusts its authority yet. `enter` says where they run. */
export async function openClientWorld(site: Site, enter: readonly string[] = []): Promise<ClientWorld> {
  const scratch = await openScratchDirectory('clients');
  let places = 0;
  async function openTools(name: string): Promise<ContainerTools> {
    const home = join(scratch.path, name);
    await mkdir(home);
    // A proxy leads to neither of the places where the registry is.
    // Some look for it and stop when they have to write it.
    await writeFile(join(home, 'auth.json'), '{}');
    return openContainerTools(home, { enter, env: { NO_PROXY: '*', no_proxy: '*' } });
  }
  const daemon = await openDockerDaemon(join(scratch.path, 'dockerd'), enter);
  const builder = await openTools('workshop');
  const workshop = openImageWorkshop(builder, join(scratch.path, 'workshop'));
  const freshDirectory = async () => {
    places += 1;
    const path = join(scratch.path, `pulled-${places}`);
    await mkdir(path);
    return path;
  };
  const all = new Map<ClientName, { readonly client: Client; readonly tools: ContainerTools }>();
  for (const name of clientNames) {
    const tools = await openTools(name);
    all.set(name, { tools, client: openers[name]({ site, tools, daemon, workshop, freshDirectory }) });
  }
  const found = (name: ClientName) => {
    const one = all.get(name);
    if (one !== undefined) return one;
    throw new Error(`no such client: ${name}`);
  };
  return {
    directory: scratch.path,
    workshop,
    daemon,
    client: (name) => found(name).client,
    tools: (name) => found(name).tools,
    close: async () => {
      for (const { client, tools } of all.values()) {
        await client.close();
        await tools.close();
      }
      await builder.close();
      await daemon.close();
      await scratch.close();
    },
  };
}
