/** Registries that take no attestations: they fail alone, and the message says which setting helps. */
import { describe, expect, it } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { release } from '../../../release/release.ts';
import { openTestClient, testTiming } from '../../oci/client/fixture.ts';
import { pushAll } from '../../oci/content.ts';
import { type Behaviour, openPlainRegistry, type Reply, refusal } from '../../oci/quirks/plain-registry.ts';
import { partsOf, requestOf, testImage } from '../release-world.ts';
import { attestationOf, attestedImage, named, releaseQuirk, repository } from './release-quirk.ts';

function takesNoArtifacts(answer: Reply): Behaviour {
  return (asked, serve) =>
    asked.method === 'PUT' && asked.path.includes('/manifests/') && asked.body.includes(mediaTypes.ociEmpty)
      ? answer
      : serve(asked);
}

// "denied: unknown manifest class for application/vnd.oci.empty.v1+json": every registry of the release stayed as it was
// for the one that refuses: https://github.com/koordinator-sh/koordinator/pull/3194
const aliyun = refusal(403, 'DENIED');

// Quay takes the types that it was told of:
// https://docs.redhat.com/en/documentation/red_hat_quay/3/html/use_red_hat_quay/supported-oci-media-types
const quay = refusal(400, 'MANIFEST_INVALID');

const image = attestedImage('aaaa');

for (const { host, answer, failing } of [
  { host: 'registry.cn-hangzhou.aliyuncs.com', answer: aliyun, failing: /403 DENIED/ },
  { host: 'quay.io', answer: quay, failing: /400 MANIFEST_INVALID/ },
]) {
  releaseQuirk(host, `${host} refuses the attestations in an index`, {
    behaves: () => [takesNoArtifacts(answer)],
    registries: ['refusing?', 'taking'],
    image,
    expected: ([, taking]) => {
      for (const tag of ['1.9.1', 'latest']) expect(named(taking, tag)).toBe(image.root.digest);
    },
    told: ({ places }) => {
      expect(places.map(({ status, error }) => `${status} ${error?.code ?? ''}`.trim())).toEqual([
        'failed ATTESTATION_REFUSED',
        'done',
      ]);
      expect(places[0]?.error?.wayOut).toContain('attestations to referrers');
      expect(places[0]?.error?.wayOut).toContain('none');
    },
    failing,
  });
}

describe('a registry that refuses the whole image', () => {
  it('is not said to refuse attestations', async () => {
    const timing = testTiming();
    const registry = await openPlainRegistry([
      (asked, serve) =>
        asked.method === 'PUT' && asked.path.includes('/manifests/') ? refusal(400, 'MANIFEST_INVALID') : serve(asked),
    ]);
    const client = openTestClient({ url: registry.url }, timing);
    const source = openMemoryStore('built');
    await pushAll(source, image.contents);
    const builder = {
      name: 'none' as const,
      build: async () => ({ builder: 'none' as const, source, root: image.root, warnings: [] }),
    };
    const parts = partsOf({ repository: async (_, name) => client.repository(name) }, builder);
    const outcome = await release(requestOf({ images: [`one.example/${repository}`] }), { ...parts, timing });
    expect(outcome.places[0]?.error?.code).toBe('REGISTRY_REFUSED');
  });
});

describe('a registry that refuses attestations as referrers', () => {
  it('has the release all the same, with a warning that names the setting', async () => {
    const timing = testTiming();
    const registry = await openPlainRegistry([takesNoArtifacts(aliyun)]);
    const client = openTestClient({ url: registry.url }, timing);
    const plain = testImage('plain', 'aaaa');
    const source = openMemoryStore('built');
    const { attestation, parts: described } = attestationOf(plain.root, true);
    await pushAll(source, [...plain.contents, ...described, attestation]);
    const builder = {
      name: 'none' as const,
      build: async () => ({ builder: 'none' as const, source, root: plain.root, warnings: [] }),
    };
    const parts = partsOf({ repository: async (_, name) => client.repository(name) }, builder);
    const outcome = await release(requestOf({ images: [`one.example/${repository}`] }), { ...parts, timing });
    expect(outcome.places.map(({ status }) => status)).toEqual(['done']);
    expect(outcome.warnings.map(({ code }) => code)).toEqual(['referrer-not-carried']);
    expect(outcome.warnings[0]?.message).toContain('attestations to none');
  });
});
