/**
 * A process that releases what it is told to: one line of JSON in for each release, one line out for its outcome. The
 * images lie in image layouts. With `standAt` it says so when the exact tag is written, and stands still for ever.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openRegistries } from '../../../oci/client/registries.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openLayout } from '../../../oci/store/layout.ts';
import type { Builder } from '../../../release/builders/builder.ts';
import { release } from '../../../release/release.ts';
import { requestOf } from '../../release/release-world.ts';

/** What one line asks for. */
export interface ReleaseJob {
  /** `registry/repository`. */
  readonly image: string;
  readonly version: string;
  /** Directory of the layout that has the image under the version's tag. */
  readonly layout: string;
  readonly standAt?: 'exact';
}

/** What one line answers. */
export interface ReleaseAnswer {
  readonly status: string;
  readonly error?: string | undefined;
  readonly warnings?: readonly string[];
  readonly standsAt?: 'exact';
}

const password = process.env['RELEASE_TOKEN'];
const registries = openRegistries({
  credentials: async () => (password === undefined ? undefined : { username: 'token', password }),
  urlOf: (registry) => `http://${registry}`,
  env: {},
  userAgent: 'registry-action-releasing',
});

for await (const line of createInterface({ input: process.stdin })) answer(await run(JSON.parse(line)));
await registries.close();

async function run({ image, version, layout, standAt }: ReleaseJob): Promise<ReleaseAnswer> {
  const request = requestOf({ images: [image], version, revision: version });
  const parts = {
    registries,
    chooseBuilder: async () => builderFrom(layout, version),
    surroundings: { env: {}, cwd: '/', scratch: '/' },
  };
  const { places, warnings } = await release(request, parts, {
    onEvent(event) {
      if (standAt === undefined || event.kind !== 'tagged' || event.tag.kind !== standAt) return;
      answer({ status: 'standing', standsAt: standAt });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  });
  const [place] = places;
  return { status: place?.status ?? 'none', error: place?.error?.message, warnings: warnings.map(({ code }) => code) };
}

function builderFrom(directory: string, version: string): Builder {
  return {
    name: 'none',
    async build() {
      const source = await openLayout(directory);
      const root = await source.resolve(parseTag(version));
      if (root === undefined) throw new Error(`no ${version} in ${directory}`);
      return { builder: 'none', source, root, warnings: [] };
    },
  };
}

/** At once, even if nothing else of this process goes on. */
function answer(told: ReleaseAnswer): void {
  writeSync(1, `${JSON.stringify(told)}\n`);
}
