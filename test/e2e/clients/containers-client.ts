/** podman, which finds the authority in its directory for the host, and buildah, which is told by a flag. */
import { parseDigest } from '../../../oci/spec/digest.ts';
import type { Client, ClientInit } from './client.ts';
import { type TrustedDirectory, trustBelow } from './trusted-directory.ts';

/** The client of one site, by the name of its program. */
export function openContainersClient(name: 'podman' | 'buildah', init: ClientInit): Client {
  const { site, tools, workshop, freshDirectory } = init;
  let trusted: TrustedDirectory | undefined;
  let how: readonly string[] = site.caFile === undefined ? ['--tls-verify=false'] : [];
  const run = (words: readonly string[]) => tools.run(name, words);
  const attempt = (words: readonly string[], input?: string) => tools.attempt(name, words, input);
  return {
    name,
    async trust() {
      if (site.caFile === undefined) return;
      const root = name === 'podman' ? '/etc/containers/certs.d' : await freshDirectory();
      trusted = await trustBelow(root, site.host, site.caFile);
      if (name === 'buildah') how = [`--cert-dir=${trusted.path}`];
    },
    login: (user, secret) => attempt(['login', ...how, '--username', user, '--password-stdin', site.host], secret),
    logout: async () => void (await run(['logout', site.host])),
    async push(image, text) {
      await run(['build', '--quiet', '--format', 'oci', '--tag', image, await workshop.contextOf(text)]);
      await run(['push', '--quiet', ...how, image]);
    },
    async pull(image) {
      await attempt(['rmi', '--force', image]);
      const ended = await attempt(['pull', '--quiet', ...how, image]);
      return { ...ended, digest: ended.code === 0 ? parseDigest(await digestOf(image)) : undefined };
    },
    async copy(from, to) {
      await run(['tag', from, to]);
      await run(['push', '--quiet', ...how, to]);
    },
    listTags:
      name === 'podman'
        ? async (repository) => {
            const words = ['search', '--list-tags', '--limit', '1000', '--format', 'json', ...how, repository];
            return JSON.parse(await run(words))[0].Tags;
          }
        : undefined,
    remove: undefined,
    close: async () => trusted?.close(),
  };

  /** The digest of the image for this machine, also where an index was pulled. */
  function digestOf(image: string): Promise<string> {
    if (name === 'buildah') return run(['inspect', '--type', 'image', '--format', '{{.FromImageDigest}}', image]);
    return run(['image', 'inspect', '--format', '{{.Digest}}', image]);
  }
}
