/** regctl, which is told about each registry once. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtProgram } from './built-program.ts';
import { type Client, type ClientInit, linesOf } from './client.ts';
import { layoutTag } from './image-workshop.ts';
import { layoutDigest } from './layout-digest.ts';

/** The client of one site. */
export function openRegctlClient({ site, tools, workshop, freshDirectory }: ClientInit): Client {
  const program = builtProgram('regctl');
  const run = (words: readonly string[]) => tools.run(program, words);
  const attempt = (words: readonly string[], input?: string) => tools.attempt(program, words, input);
  return {
    name: 'regctl',
    async trust() {
      const how = site.caFile === undefined ? ['--tls', 'disabled'] : ['--cacert', await readFile(site.caFile, 'utf8')];
      await run(['registry', 'set', '--skip-check', site.host, ...how]);
    },
    login: (user, secret) => attempt(['registry', 'login', '--user', user, '--pass-stdin', site.host], secret),
    logout: async () => void (await run(['registry', 'logout', site.host])),
    async push(image, text) {
      await run(['image', 'copy', `ocidir://${await workshop.layoutOf(text)}:${layoutTag}`, image]);
    },
    async pull(image) {
      const directory = join(await freshDirectory(), 'layout');
      const ended = await attempt(['image', 'copy', image, `ocidir://${directory}:pulled`]);
      return { ...ended, digest: ended.code === 0 ? await layoutDigest(directory) : undefined };
    },
    copy: async (from, to) => void (await run(['image', 'copy', from, to])),
    listTags: async (repository) => linesOf(await run(['tag', 'ls', repository])),
    remove: (image) => attempt(['tag', 'delete', image]),
    close: async () => undefined,
  };
}
