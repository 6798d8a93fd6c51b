/** Requests from a grammar of what registries are asked and of what they should not be: each is answered, none breaks it. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { contentOf, layerOf, manifestOf } from '../oci/content.ts';
import { openRawConnection } from './raw-connection.ts';
import { absentDigest, basic, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

/** FUZZ_RUNS=50000 SEED=… searches longer, or again. */
const runs = Number(process.env['FUZZ_RUNS'] ?? 1_500);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const layer = layerOf('layer');
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [layer.descriptor] });

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest({ limits: { uploadIdleMs: 300, headersMs: 1_000 } });
  await registry.push('team/app', config, layer, image);
  await registry.tag('team/app', '1.0.0', image);
});

afterAll(() => registry.close());

/** Mostly one of the known values, sometimes anything. */
function oneOf(known: readonly string[], odd: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: odd });
}

const printable = fc.string({ unit: fc.constantFrom(...'aZ0-_.~%/:@!?&=+,;*"<>[]{}|^`\\\'()#$ '), maxLength: 40 });
const anything = fc.string({ unit: 'binary-ascii', maxLength: 40 });
const bytes = fc.uint8Array({ maxLength: 2_000 }).map((array) => Buffer.from(array));

const method = oneOf(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'], printable);
const repository = oneOf(
  ['team/app', 'team/other', 'a', 'library/blobs/uploads', 'a/manifests/b', '_catalog', '', '..', 'A', 'a'.repeat(300)],
  printable,
);
const digest = oneOf(
  [config, layer, image]
    .map((content): string => content.descriptor.digest)
    .concat([
      absentDigest,
      `sha512:${'a'.repeat(128)}`,
      'sha256:short',
      'md5:d41d8cd98f00b204e9800998ecf8427e',
      'sha256:../../x',
    ]),
  printable,
);
const reference = fc.oneof(digest, oneOf(['1.0.0', 'latest', '.dot', 'x'.repeat(129), 'sha256-abc.sig'], printable));
const number = oneOf(['0', '1', '100', '-1', '1e9', '99999999999999999999', 'NaN', ''], printable);

const query = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constantFrom('digest', 'mount', 'last', 'subject'), digest),
      fc.tuple(fc.constantFrom('from', 'artifactType', 'tag', 'digest-algorithm', 'scope', 'service'), printable),
      fc.tuple(fc.constantFrom('n', 'wait', 'after', 'before'), number),
      fc.tuple(printable, printable),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`));

const path = fc.oneof(
  fc.tuple(repository, reference).map(([name, what]) => `/v2/${name}/manifests/${what}`),
  fc.tuple(repository, digest).map(([name, what]) => `/v2/${name}/blobs/${what}`),
  fc.tuple(repository, digest).map(([name, what]) => `/v2/${name}/referrers/${what}`),
  fc.tuple(repository, printable).map(([name, id]) => `/v2/${name}/blobs/uploads/${id}`),
  repository.map((name) => `/v2/${name}/blobs/uploads/`),
  repository.map((name) => `/v2/${name}/tags/list`),
  fc.constantFrom('/v2/', '/v2/_catalog', '/token', '/metrics', '/livez', '/readyz', '/admin/v1/events', '/admin/'),
  fc.tuple(fc.constantFrom('pulls', 'tags', 'x'), repository).map(([what, name]) => `/admin/v1/${what}/${name}`),
  printable.map((text) => `/${text}`),
  anything,
);

const header = fc.oneof(
  fc.tuple(fc.constantFrom('Content-Type', 'Accept'), oneOf(Object.values(mediaTypes), printable)),
  fc.tuple(
    fc.constantFrom('Range', 'Content-Range'),
    oneOf(['bytes=0-0', '0-4', 'bytes=-1', 'bytes=5-0', `bytes=${'0-1,'.repeat(50)}0-1`], printable),
  ),
  fc.tuple(fc.constantFrom('registry-action-fence', 'Content-Length'), number),
  fc.tuple(fc.constant('registry-action-break-glass'), printable),
  fc.tuple(fc.constant('Transfer-Encoding'), oneOf(['chunked', 'gzip, chunked', 'identity'], printable)),
  fc.tuple(fc.constant('Expect'), oneOf(['100-continue'], printable)),
  fc.tuple(fc.constantFrom('Host', 'X-Forwarded-For', 'X-Forwarded-Proto', 'Authorization', 'Upgrade'), printable),
  fc.tuple(printable, anything),
);

const manifestBody = fc
  .tuple(
    fc.constantFrom('layers', 'manifests', 'subject', 'mediaType', 'annotations', 'config', '__proto__'),
    fc.jsonValue(),
  )
  .map(([key, value]) => {
    const start = Buffer.from(image.bytes).toString('utf8').slice(0, -1);
    return Buffer.from(`${start},${JSON.stringify(key)}:${JSON.stringify(value)}}`);
  });
const body = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.constantFrom(...[config, layer, image].map((content) => Buffer.from(content.bytes))),
  manifestBody,
  bytes,
);

interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly as: 'admin' | 'viewer' | 'nobody';
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  /** Whether the length that is said is the body's, or left to the headers. */
  readonly isSound: boolean;
}

const request: fc.Arbitrary<RawRequest> = fc.record({
  ...{ method, path, query, body },
  as: fc.constantFrom('admin', 'admin', 'admin', 'viewer', 'nobody'),
  headers: fc.array(header, { maxLength: 4 }),
  isSound: fc.boolean(),
});

function wire({ method: verb, path: target, query: asked, as, headers, body: content, isSound }: RawRequest): Buffer {
  const { authorization } = as === 'nobody' ? { authorization: '' } : basic('x', registry.tokens[as]);
  const lines = [
    `${verb} ${target}${asked} HTTP/1.1`,
    'Host: registry',
    ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
    ...headers.map((pair) => pair.join(': ')),
    ...(isSound ? [`Content-Length: ${content.length}`] : []),
    'Connection: close',
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), content]);
}

/** The status codes that come back until the connection is closed. */
async function statusesOf(sent: Buffer): Promise<readonly number[]> {
  const connection = openRawConnection(registry.port);
  connection.write(sent);
  const answer = await connection.closed();
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

test(`each is answered or closed, none with a failure, and the registry lives on (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  const property = fc.asyncProperty(request, async (raw) => {
    const statuses = await statusesOf(wire(raw));
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect(registry.events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });
  await fc.assert(property, { seed, numRuns: runs });
  expect((await registry.call({ path: '/livez', as: 'nobody' })).status).toBe(200);
  await registry.push('team/after', config, layer, image);
  const pulled = await registry.call({ path: `/v2/team/after/manifests/${image.descriptor.digest}` });
  expect([pulled.status, pulled.text]).toEqual([200, Buffer.from(image.bytes).toString('latin1')]);
});
