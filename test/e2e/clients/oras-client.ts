/** oras, told by --ca-file which authority to trust. */
import { join } from 'node:path';
import { builtProgram } from './built-program.ts';
import { type Client, type ClientInit, linesOf } from './client.ts';
import { layoutTag } from './image-workshop.ts';
import { layoutDigest } from './layout-digest.ts';

/** The client of one site. */
export function openOrasClient({ site, tools, workshop, freshDirectory }: ClientInit): Client {
  let trusted = false;
  const program = builtProgram('oras');
  const flags = (side: '' | 'from-' | 'to-') => {
    if (site.caFile === undefined) return [`--${side}plain-http`];
    return trusted ? [`--${side}ca-file`, site.caFile] : [];
  };
  const run = (words: readonly string[]) => tools.run(program, words);
  const attempt = (words: readonly string[], input?: string) => tools.attempt(program, words, input);
  return {
    name: 'oras',
    trust: async () => {
      trusted = true;
    },
    login: (user, secret) =>
      attempt(['login', ...flags(''), '--username', user, '--password-stdin', site.host], secret),
    logout: async () => void (await run(['logout', site.host])),
    async push(image, text) {
      const layout = `${await workshop.layoutOf(text)}:${layoutTag}`;
      await run(['cp', '--no-tty', '--from-oci-layout', layout, ...flags('to-'), image]);
    },
    async pull(image) {
      const directory = join(await freshDirectory(), 'layout');
      const ended = await attempt([
        'cp',
        '--no-tty',
        ...flags('from-'),
        image,
        '--to-oci-layout',
        `${directory}:pulled`,
      ]);
      return { ...ended, digest: ended.code === 0 ? await layoutDigest(directory) : undefined };
    },
    copy: async (from, to) => void (await run(['cp', '--no-tty', ...flags('from-'), ...flags('to-'), from, to])),
    listTags: async (repository) => linesOf(await run(['repo', 'tags', ...flags(''), repository])),
    remove: (image) => attempt(['manifest', 'delete', '--force', ...flags(''), image]),
    close: async () => undefined,
  };
}
