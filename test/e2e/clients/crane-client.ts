/** crane, told by SSL_CERT_FILE which authority to trust. */
import { join } from 'node:path';
import { builtProgram } from './built-program.ts';
import { type Client, type ClientInit, linesOf } from './client.ts';
import { layoutDigest } from './layout-digest.ts';

/** The client of one site. */
export function openCraneClient({ site, tools, workshop, freshDirectory }: ClientInit): Client {
  let trusted: readonly string[] = [];
  const program = builtProgram('crane');
  const run = (words: readonly string[], input?: string) => tools.run('env', [...trusted, program, ...words], input);
  const attempt = (words: readonly string[], input?: string) =>
    tools.attempt('env', [...trusted, program, ...words], input);
  return {
    name: 'crane',
    trust: async () => {
      if (site.caFile !== undefined) trusted = [`SSL_CERT_FILE=${site.caFile}`];
    },
    // It only writes them down: whether they are right shows with the first question.
    async login(user, secret) {
      await run(['auth', 'login', '--username', user, '--password-stdin', site.host], secret);
      return attempt(['catalog', site.host]);
    },
    logout: async () => void (await run(['auth', 'logout', site.host])),
    push: async (image, text) => void (await run(['push', await workshop.layoutOf(text), image])),
    async pull(image) {
      const directory = join(await freshDirectory(), 'layout');
      const ended = await attempt(['pull', '--format', 'oci', image, directory]);
      return { ...ended, digest: ended.code === 0 ? await layoutDigest(directory) : undefined };
    },
    copy: async (from, to) => void (await run(['copy', from, to])),
    listTags: async (repository) => linesOf(await run(['ls', repository])),
    remove: (image) => attempt(['delete', image]),
    close: async () => undefined,
  };
}
