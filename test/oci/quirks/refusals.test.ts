/**
 * What registries refuse for good: said once, and in words that tell who must act. No client can do better than that, and
 * a naive one does worse: it passes on what it was told.
 */
import { describe, expect, it } from 'vitest';
import { quirksOf } from '../../../oci/client/quirks.ts';
import type { Target } from '../../../oci/copy/target.ts';
import { parseRepositoryName, type RepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag, type Tag } from '../../../oci/spec/tag.ts';
import { errorOf, openTestClient } from '../client/fixture.ts';
import { openNaiveClient } from './naive-client.ts';
import { type Behaviour, type Contents, openPlainRegistry, refusal } from './plain-registry.ts';
import { emptyManifest, layerOf, sourceOf } from './quirk.ts';

/** What both clients can be asked to do. */
interface Client {
  listRepositories(): AsyncIterable<string>;
  repository(name: RepositoryName): Pick<Target, 'pushBlob' | 'pushTag'> & { resolve(tag: Tag): Promise<unknown> };
}

interface Case {
  readonly title: string;
  readonly host: string;
  readonly behaves: Behaviour;
  readonly deed: (client: Client) => Promise<unknown>;
  readonly error: Readonly<Record<string, unknown>>;
  /** Requests that are made of it. */
  readonly requests: number;
}

const app = parseRepositoryName('team/app');
const layer = layerOf(100);
const pushBlob = (client: Client) => client.repository(app).pushBlob(layer.descriptor, sourceOf(layer.bytes));
const resolve = (client: Client) => client.repository(app).resolve(parseTag('1.0.0'));
const pushTag = (client: Client) => client.repository(app).pushTag(parseTag('1.0.0'), emptyManifest('one'));

const cases: readonly Case[] = [
  {
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
    title: 'ECR has no repository before somebody makes it, or has a template for that',
    host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    behaves: (asked, serve) => (asked.method === 'POST' ? refusal(404, 'NAME_UNKNOWN') : serve(asked)),
    deed: pushBlob,
    error: { code: 'REPOSITORY_UNKNOWN' },
    requests: 1,
  },
  {
    // https://cloud.google.com/artifact-registry/docs/repositories/create-repos
    title: 'Artifact Registry has no repository before somebody makes it',
    host: 'europe-west1-docker.pkg.dev',
    behaves: (asked, serve) => (asked.method === 'POST' ? refusal(404, 'NAME_UNKNOWN') : serve(asked)),
    deed: pushBlob,
    error: { code: 'REPOSITORY_UNKNOWN' },
    requests: 1,
  },
  {
    // https://goharbor.io/docs/main/working-with-projects/create-projects/
    title: 'Harbor has no project before somebody makes it, and calls that NOT_FOUND',
    host: 'harbor.example',
    behaves: (asked, serve) => (asked.method === 'POST' ? refusal(404, 'NOT_FOUND') : serve(asked)),
    deed: pushBlob,
    error: { code: 'REPOSITORY_UNKNOWN' },
    requests: 1,
  },
  {
    // https://github.com/goharbor/harbor/issues/19408
    title: 'Harbor answers 412 to a look at an image that its policy keeps from being pulled',
    host: 'harbor.example',
    behaves: (asked, serve) =>
      asked.path.includes('/manifests/') ? refusal(412, 'PROJECTPOLICYVIOLATION') : serve(asked),
    deed: resolve,
    error: { code: 'REGISTRY_REFUSED', status: 412, retryable: false },
    requests: 1,
  },
  {
    // https://github.com/goharbor/harbor/issues/15885
    title: 'Harbor answers 412 to a write of an immutable tag',
    host: 'harbor.example',
    behaves: (asked, serve) => (asked.method === 'PUT' ? refusal(412, 'PRECONDITION') : serve(asked)),
    deed: pushTag,
    error: { code: 'REGISTRY_REFUSED', status: 412, specCodes: ['PRECONDITION'], retryable: false },
    requests: 1,
  },
  {
    // https://docs.gitlab.com/administration/packages/container_registry/
    title: 'GitLab keeps its catalog to itself',
    host: 'registry.gitlab.com',
    behaves: (asked, serve) => (asked.path === '/v2/_catalog' ? refusal(401, 'UNAUTHORIZED') : serve(asked)),
    deed: (client) => Array.fromAsync(client.listRepositories()),
    error: { code: 'REGISTRY_DENIED', signedIn: false },
    requests: 1,
  },
  {
    // https://docs.redhat.com/en/documentation/red_hat_quay/3/html/use_red_hat_quay/supported-oci-media-types
    title: 'Quay takes the types of artifacts that it was told of',
    host: 'quay.io',
    behaves: (asked, serve) => (asked.method === 'PUT' ? refusal(400, 'MANIFEST_INVALID') : serve(asked)),
    deed: pushTag,
    error: { code: 'REGISTRY_REFUSED', status: 400, retryable: false },
    requests: 1,
  },
  {
    // https://docs.docker.com/docker-hub/usage/
    title: 'Docker Hub has no catalog',
    host: 'docker.io',
    behaves: (asked, serve) =>
      asked.path === '/v2/_catalog' ? { status: 404, body: '404 page not found\n' } : serve(asked),
    deed: (client) => Array.fromAsync(client.listRepositories()),
    error: { code: 'REGISTRY_REFUSED', status: 404, retryable: false },
    requests: 1,
  },
  {
    // maxManifestBodySize: https://github.com/distribution/distribution/blob/main/registry/handlers/manifests.go
    title: 'distribution takes manifests of up to 4 MiB, and calls a larger one invalid',
    host: 'registry.example:5000',
    behaves: (asked, serve) =>
      asked.method === 'PUT' && asked.body.length > 4 * 1024 * 1024 ? refusal(400, 'MANIFEST_INVALID') : serve(asked),
    deed: (client) => client.repository(app).pushTag(parseTag('1.0.0'), emptyManifest('x'.repeat(4 * 1024 * 1024))),
    error: { code: 'MANIFEST_TOO_LARGE' },
    // It is known beforehand.
    requests: 0,
  },
  {
    // https://github.com/clowdhaus/ocync/blob/main/docs/src/content/registries/chainguard.md
    title: 'Chainguard shows nobody in particular anything but what is latest',
    host: 'cgr.dev',
    behaves: (asked, serve) =>
      asked.path.includes('/manifests/') && !asked.path.endsWith('/latest') ? refusal(403, 'DENIED') : serve(asked),
    deed: resolve,
    error: { code: 'REGISTRY_DENIED', signedIn: true },
    requests: 1,
  },
];

describe.each(cases)('$title', ({ host, behaves, deed, error, requests }) => {
  it('is said once, and clearly', async () => {
    const registry: Contents = await openPlainRegistry([behaves]);
    const client = openTestClient({ url: registry.url, quirksOf: () => quirksOf(host) });
    expect(await errorOf(deed(client))).toMatchObject(error);
    expect(registry.seen.length).toBe(requests);
  });

  it('is told by a naive client in the words of the registry, if in any', async () => {
    const registry = await openPlainRegistry([behaves]);
    const failed = await errorOf(deed(openNaiveClient({ url: registry.url, now: Date.now })));
    expect(failed).not.toMatchObject(error);
  });

  it('is all that keeps a naive client from it', async () => {
    const registry = await openPlainRegistry();
    await deed(openNaiveClient({ url: registry.url, now: Date.now }));
    expect(registry.seen.length).toBeGreaterThan(0);
  });
});
