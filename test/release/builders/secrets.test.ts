/** A secret that is planted in a build of every builder: it reaches the tool, and nobody else learns it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../errors/errors.ts';
import { chooseBuilder } from '../../../release/builders/choose-builder.ts';
import { dockerScript, inspected, openFakeTools } from './fake-tools.ts';
import { sampleParts, sampleRequest } from './sample-request.ts';
import { openTestDirectory, type TestDirectory } from './test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory({ Dockerfile: 'FROM scratch', 'secret-file': 'canary-in-a-file\n' });
});
afterEach(() => directory.close());

/** Says what it was given by each of the three ways, as a build that echoes its secrets does, and fails. */
const telling = [
  `echo "value: $(cat "$(echo "$words" | sed 's/.*id=one,src=\\([^ ]*\\).*/\\1/')")"`,
  'echo "env: $CANARY" >&2',
  `echo "file: $(cat "$(echo "$words" | sed 's/.*id=three,src=\\([^ ]*\\).*/\\1/')")"`,
  'exit 1',
].join('; ');

const tools = {
  docker: dockerScript({ buildx: inspected('docker-container'), daemon: true, otherwise: telling }),
  buildah: `case "$words" in build*) ${telling};; esac`,
  podman: `case "$words" in build*) ${telling};; esac`,
};

describe.each(['buildx', 'docker', 'buildah', 'podman'] as const)('a secret of a build by %s', (builder) => {
  it('reaches the tool, is no word of its command line, and is in no line and no error', async () => {
    const { path, calledWith } = await openFakeTools(directory.path, tools);
    const lines: string[] = [];
    const parts = sampleParts(directory.path, {
      env: { PATH: path, CANARY: 'canary-in-the-environment' },
      onOutput: (line) => lines.push(line),
    });
    const request = sampleRequest({
      builder,
      secrets: [
        { id: 'one', kind: 'value', value: 'canary-by-value' },
        { id: 'two', kind: 'env', variable: 'CANARY' },
        { id: 'three', kind: 'file', path: 'secret-file' },
      ],
    });
    const chosen = await chooseBuilder(request, parts);
    const error: unknown = await chosen.build(request, parts).catch((thrown: unknown) => thrown);
    if (!(error instanceof InputError)) throw error;
    expect(error.code).toBe('BUILD_FAILED');
    // The tool had all three, or there would be nothing to replace.
    expect(lines.toSorted()).toEqual(['env: ***', 'file: ***', 'value: ***']);
    expect(await calledWith()).toMatch(/^id=two,env=CANARY$/m);
    const told = [await calledWith(), error.message, JSON.stringify(error.fields), error.stack, ...lines].join('\n');
    expect(told).not.toContain('canary-');
  });
});
