/** Registries that the command line turns to: by which certificates. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { exitCodes } from '../../cli/exit-code.ts';
import { closeWorlds, openWorld } from '../oci/client/attack-world.ts';
import { imageOf } from '../oci/content.ts';
import { runWords } from './test-shell.ts';

afterAll(closeWorlds);

const words = ['tags', 'registry.test/team/app'];
const { manifest } = imageOf('{}', []);
const { mediaType, digest } = manifest.descriptor;
const replies = {
  'GET https://registry.test/v2/team/app/tags/list?n=1000': { body: '{"tags":["1.2.3"]}' },
  'HEAD https://registry.test/v2/team/app/manifests/1.2.3': {
    headers: { 'content-type': mediaType, 'docker-content-digest': digest },
    body: manifest.bytes,
  },
};

describe('a registry with certificates of its own', () => {
  it('is reached by those that podman would use for it', async () => {
    const world = await openWorld(replies);
    const config = await mkdtemp(join(tmpdir(), 'repositories-'));
    onTestFinished(() => rm(config, { recursive: true }));
    const directory = join(config, 'containers', 'certs.d', 'registry.test');
    await mkdir(directory, { recursive: true });
    const { cert, key } = world.authority.issue();
    const files = { 'ca.crt': world.authority.ca, 'client.cert': cert, 'client.key': key };
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    const ran = await runWords(words, { env: { XDG_CONFIG_HOME: config, https_proxy: world.proxyUrl } });
    expect(ran).toMatchObject({ exitCode: exitCodes.done, stdout: expect.stringContaining('1.2.3') });
    expect([...world.shown]).toEqual(['somebody']);
  });

  it('is not trusted without', async () => {
    const world = await openWorld(replies);
    const ran = await runWords(words, { env: { https_proxy: world.proxyUrl } });
    expect(ran.exitCode).not.toBe(exitCodes.done);
    expect(world.requests()).toEqual([]);
  });
});
