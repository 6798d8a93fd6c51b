/** docker, with a real daemon. */
import { parseDigest } from '../../../oci/spec/digest.ts';
import { dockerProgram } from '../docker-daemon.ts';
import { type Client, type ClientInit, repositoryOf } from './client.ts';
import { type TrustedDirectory, trustBelow } from './trusted-directory.ts';

/** The client of one site. */
export function openDockerClient({ site, tools, daemon, workshop }: ClientInit): Client {
  let trusted: TrustedDirectory | undefined;
  const all = (words: readonly string[]) => ['--host', daemon.host, ...words];
  const run = (words: readonly string[]) => tools.run(dockerProgram, all(words));
  const attempt = (words: readonly string[], input?: string) => tools.attempt(dockerProgram, all(words), input);
  return {
    name: 'docker',
    async trust() {
      // The daemon asks, not the client, and it looks each time.
      if (site.caFile !== undefined) trusted = await trustBelow('/etc/docker/certs.d', site.host, site.caFile);
    },
    login: (user, secret) => attempt(['login', '--username', user, '--password-stdin', site.host], secret),
    logout: async () => void (await run(['logout', site.host])),
    async push(image, text) {
      await run(['build', '--quiet', '--tag', image, await workshop.contextOf(text)]);
      await run(['push', '--quiet', image]);
    },
    async pull(image) {
      await attempt(['rmi', '--force', image]);
      const ended = await attempt(['pull', '--quiet', image]);
      if (ended.code !== 0) return { ...ended, digest: undefined };
      const known: readonly string[] = JSON.parse(
        await run(['image', 'inspect', '--format', '{{json .RepoDigests}}', image]),
      );
      const own = known.find((name) => name.startsWith(`${repositoryOf(image)}@`));
      return { ...ended, digest: parseDigest(own?.split('@')[1] ?? '') };
    },
    async copy(from, to) {
      await run(['tag', from, to]);
      await run(['push', '--quiet', to]);
    },
    listTags: undefined,
    remove: undefined,
    close: async () => trusted?.close(),
  };
}
