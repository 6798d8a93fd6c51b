/** skopeo, told by flags where the authority is. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDigest } from '../../../oci/spec/digest.ts';
import type { Client, ClientInit } from './client.ts';
import { layoutTag } from './image-workshop.ts';
import { trustBelow } from './trusted-directory.ts';

/** The client of one site. */
export function openSkopeoClient({ site, tools, workshop, freshDirectory }: ClientInit): Client {
  let certificates: string | undefined;
  const flags = (side: '' | 'src-' | 'dest-') => {
    if (site.caFile === undefined) return [`--${side}tls-verify=false`];
    return certificates === undefined ? [] : [`--${side}cert-dir=${certificates}`];
  };
  const run = (words: readonly string[]) => tools.run('skopeo', words);
  const attempt = (words: readonly string[], input?: string) => tools.attempt('skopeo', words, input);
  return {
    name: 'skopeo',
    async trust() {
      if (site.caFile === undefined) return;
      certificates = (await trustBelow(await freshDirectory(), site.host, site.caFile)).path;
    },
    login: (user, secret) =>
      attempt(['login', ...flags(''), '--username', user, '--password-stdin', site.host], secret),
    logout: async () => void (await run(['logout', site.host])),
    async push(image, text) {
      const layout = await workshop.layoutOf(text);
      await run(['copy', '--quiet', ...flags('dest-'), `oci:${layout}:${layoutTag}`, `docker://${image}`]);
    },
    async pull(image) {
      const directory = await freshDirectory();
      const ended = await attempt([
        'copy',
        '--quiet',
        '--all',
        ...flags('src-'),
        `docker://${image}`,
        `dir:${directory}`,
      ]);
      if (ended.code !== 0) return { ...ended, digest: undefined };
      const manifest = await readFile(join(directory, 'manifest.json'));
      return { ...ended, digest: parseDigest(`sha256:${createHash('sha256').update(manifest).digest('hex')}`) };
    },
    copy: async (from, to) =>
      void (await run([
        'copy',
        '--quiet',
        '--all',
        ...flags('src-'),
        ...flags('dest-'),
        `docker://${from}`,
        `docker://${to}`,
      ])),
    listTags: async (repository) => JSON.parse(await run(['list-tags', ...flags(''), `docker://${repository}`])).Tags,
    remove: (image) => attempt(['delete', ...flags(''), `docker://${image}`]),
    close: async () => undefined,
  };
}
