/** Moving from a distribution registry: what its clients pushed is pulled from ours, byte for byte, after an import. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importInto } from '../../registry/archive/import-into.ts';
import { builtToolPath } from '../../scripts/tool-plan.mjs';
import { openRegistryUnderTest } from '../registry/registry-under-test.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type Distribution, openDistribution } from './distribution.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { pushVersion } from './version-image.ts';

/** Debian's, and version 3 where it was built for the benchmark. */
const built = builtToolPath(fileURLToPath(new URL('../..', import.meta.url))).map((path) => join(path, 'registry'));
const programs = [
  ['version 2', 'docker-registry'],
  ...built.filter((path) => existsSync(path)).map((path) => ['version 3', path] as const),
] as const;

let scratch: ScratchDirectory;
let tools: ContainerTools;
let source: Distribution | undefined;

beforeEach(async () => {
  scratch = await openScratchDirectory('import');
  tools = await openContainerTools(scratch.path);
  // They look for it before they know that nobody asks them to sign in.
  await writeFile(join(scratch.path, 'auth.json'), '{}');
});

afterEach(async () => {
  await source?.close();
  await tools.close();
  await scratch.close();
});

const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];

function importThem(rootDirectory: string) {
  return importInto({
    source: rootDirectory,
    dataDirectory: join(scratch.path, 'data'),
    ...{ dryRun: false, copy: false, overwrite: false, by: 'import', at: Date.UTC(2026, 10, 30), onEvent: () => {} },
    signal: new AbortController().signal,
  });
}

test.each(programs)('what was pushed to distribution %s is pulled from here', async (_version, program) => {
  source = await openDistribution(program);
  const from = new URL(source.url).host;
  const pushed = await pushVersion(tools, scratch.path, `${from}/team/web`, '1.0.0');
  const copyTo = (format: string, target: string) =>
    tools.run('skopeo', ['copy', ...insecure, '--format', format, `docker://${from}/team/web:1.0.0`, target]);
  await copyTo('v2s2', `docker://${from}/team/web:docker`);
  await copyTo('oci', `docker://${from}/deep/er/name:latest`);
  await tools.run('skopeo', ['delete', '--tls-verify=false', `docker://${from}/deep/er/name:latest`]);
  await copyTo('oci', `docker://${from}/deep/er/name:2`);

  const report = await importThem(source.rootDirectory);
  expect(report).toMatchObject({ repositories: 2, tags: 3, newTags: 3, leftBehind: {} });
  expect(await importThem(source.rootDirectory)).toMatchObject({ newTags: 0, linkedFiles: 0, copiedFiles: 0 });
  await source.kill();

  const registry = await openRegistryUnderTest({ directory: join(scratch.path, 'data') });
  const host = new URL(registry.url).host;
  await tools.run(
    'skopeo',
    ['login', '--tls-verify=false', '-u', 'x', '--password-stdin', host],
    registry.tokens.admin,
  );
  const digestOf = async (name: string) => {
    const words = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${host}/${name}`];
    return (await tools.run('skopeo', words)).trim();
  };
  expect(await digestOf('team/web:1.0.0')).toBe(pushed.trim());
  for (const name of ['team/web:1.0.0', 'team/web:docker', 'deep/er/name:2']) {
    const layout = `oci:${join(scratch.path, name.replaceAll(/\W/g, '-'))}`;
    await tools.run('skopeo', ['copy', ...insecure, `docker://${host}/${name}`, layout]);
  }
  await registry.close();
});
