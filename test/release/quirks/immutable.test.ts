/** Registries that let no tag be moved, each in its own words: the exact tag stands, and the rungs stay as they are. */
import { describe, expect, it } from 'vitest';
import { quirksOf } from '../../../oci/client/quirks.ts';
import { release } from '../../../release/release.ts';
import { openTestClient, testTiming } from '../../oci/client/fixture.ts';
import {
  type Behaviour,
  type Contents,
  openPlainRegistry,
  type Reply,
  refusal,
} from '../../oci/quirks/plain-registry.ts';
import { builderOf, partsOf, requestOf, testImage } from '../release-world.ts';
import { named, newDigest, publish, releaseQuirk, repository } from './release-quirk.ts';

const old = testImage('old', 'bbbb');

/** 1.8.0 is there with all its rungs, so that of 1.9.1 two exist and one does not. */
function prepare(registry: Contents): void {
  publish(registry, old, ['1.8.0', '1.8', '1', 'latest']);
}

function immutable(reply: Reply, isFree: (tag: string) => boolean = () => false): Behaviour {
  return (asked, serve, { tags }) => {
    const tag = asked.path.replace('/v2/', '').replace('/manifests/', ':');
    const isMove = asked.method === 'PUT' && tags.has(tag) && !isFree(tag.split(':')[1] ?? '');
    return isMove ? reply : serve(asked);
  };
}

const shapes: readonly {
  readonly who: string;
  readonly host: string;
  readonly reply: Reply;
  readonly failing: RegExp;
}[] = [
  {
    // "tag invalid: The image tag … already exists in the … repository and cannot be overwritten because the repository
    // is immutable.": https://github.com/moby/buildkit/issues/3776
    who: 'ECR',
    host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    reply: refusal(400, 'TAG_INVALID'),
    failing: /400 TAG_INVALID/,
  },
  {
    // "When you enable immutable image tags, an image tag always points to the same image digest, including the default
    // latest tag": https://cloud.google.com/artifact-registry/docs/repositories/update-repo-settings
    who: 'Artifact Registry',
    host: 'europe-west1-docker.pkg.dev',
    reply: refusal(400, 'MANIFEST_INVALID'),
    failing: /400 MANIFEST_INVALID/,
  },
  {
    // "I am getting a 403 error when pushing to a repository with immutability turned on":
    // https://github.com/docker/hub-feedback/issues/2466
    who: 'Docker Hub',
    host: 'docker.io',
    reply: refusal(403, 'DENIED'),
    failing: /403 DENIED/,
  },
  {
    // 412 for a tag that is configured as immutable: https://github.com/goharbor/harbor/issues/15885
    who: 'Harbor',
    host: 'harbor.example',
    reply: refusal(412, 'PRECONDITION'),
    failing: /412 PRECONDITION/,
  },
];

for (const { who, host, reply, failing } of shapes) {
  releaseQuirk(host, `${who} with tags that are all immutable`, {
    behaves: () => [immutable(reply)],
    prepare,
    expected: ([registry]) => {
      expect(named(registry, '1.9.1')).toBe(newDigest);
      for (const tag of ['1', 'latest']) expect(named(registry, tag)).toBe(old.root.digest);
      // It would name this image for ever.
      expect(named(registry, '1.9')).toBeUndefined();
    },
    told: ({ places, warnings }) => {
      expect(places.map(({ status, error }) => [status, error])).toEqual([['done', undefined]]);
      expect(places[0]?.tags.map(({ tag }) => tag)).toEqual(['1.9.1']);
      expect(warnings.map(({ code }) => code)).toEqual(['floats-immutable']);
    },
    failing,
  });
}

// "Specific tags are immutable", by patterns: https://docs.docker.com/docker-hub/repos/manage/hub-images/immutable-tags/;
// ECR has the same with exclusions.
releaseQuirk('docker.io', 'a registry with some tags that are immutable', {
  behaves: () => [immutable(refusal(403, 'DENIED'), (tag) => tag !== '1')],
  prepare,
  expected: ([registry]) => {
    for (const tag of ['1.9.1', '1.9', 'latest']) expect(named(registry, tag)).toBe(newDigest);
    expect(named(registry, '1')).toBe(old.root.digest);
  },
  told: ({ places, warnings }) => {
    expect(places[0]?.tags.map(({ tag }) => tag)).toEqual(['1.9.1', '1.9', 'latest']);
    expect(warnings.map(({ code }) => code)).toEqual(['floats-immutable']);
  },
  failing: /403 DENIED/,
});

// Who asks for the exact tag to be overwritten is told in our words that the registry does not let it happen.
releaseQuirk('harbor.example', 'an exact tag that is to be overwritten where tags are immutable', {
  behaves: () => [immutable(refusal(412, 'PRECONDITION'))],
  version: '1.8.0',
  prepare,
  changes: { policy: { onExisting: 'overwrite' } },
  expected: ([registry]) => {
    for (const tag of ['1.8.0', 'latest']) expect(named(registry, tag)).toBe(old.root.digest);
  },
  told: ({ places }) => {
    expect(places.map(({ status, error }) => [status, error?.code])).toEqual([['failed', 'TAG_IMMUTABLE']]);
  },
  failing: /412 PRECONDITION/,
});

// "HTTP 403 'You have exceeded a secondary rate limit'": https://github.com/markrussinovich/refchecker/pull/67
describe('a registry that refuses everything from now on', () => {
  it('is not said to have immutable tags', async () => {
    const timing = testTiming();
    let isOpen = true;
    const registry = await openPlainRegistry([
      (asked, serve) => {
        if (asked.path.endsWith('/tags/list')) isOpen = false;
        return !isOpen && asked.method === 'PUT' ? refusal(403, 'DENIED') : serve(asked);
      },
    ]);
    prepare(registry);
    const client = openTestClient({ url: registry.url, quirksOf: () => quirksOf('ghcr.io') }, timing);
    const { builder } = builderOf(testImage('new', 'aaaa'));
    const parts = partsOf({ repository: async (_, name) => client.repository(name) }, builder);
    const request = requestOf({ images: [`ghcr.io/${repository}`], version: '1.9.1' });
    const { places, warnings } = await release(request, { ...parts, timing });
    expect(places[0]?.error).toMatchObject({
      code: 'REGISTRY_DENIED',
      wayOut: expect.stringContaining('packages: write'),
    });
    expect(warnings).toEqual([]);
  });
});

// A tag that spells the commit never has to be moved: it is what an image of a branch is pulled by where no tag moves.
describe('an image of a branch where tags are all immutable', () => {
  it('gets the tag of its commit, and none that would have to move', async () => {
    const timing = testTiming();
    const registry = await openPlainRegistry([immutable(refusal(400, 'TAG_INVALID'))]);
    publish(registry, old, ['main']);
    const client = openTestClient({ url: registry.url }, timing);
    const { builder } = builderOf(testImage('new', 'aaaa'));
    const parts = partsOf({ repository: async (_, name) => client.repository(name) }, builder);
    const request = requestOf({ images: [`one.example/${repository}`], refTags: ['edge', 'main', 'sha-aaaa'] });
    const { places, warnings } = await release(request, { ...parts, timing });
    expect(places.map(({ status, tags }) => [status, tags.map(({ tag }) => tag)])).toEqual([['done', ['sha-aaaa']]]);
    expect(named(registry, 'sha-aaaa')).toBe(newDigest);
    expect(named(registry, 'main')).toBe(old.root.digest);
    expect(named(registry, 'edge')).toBeUndefined();
    expect(warnings.map(({ code }) => code)).toEqual(['floats-immutable']);
  });
});
