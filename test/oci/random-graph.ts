/** Random graphs: images that share layers and configs, indexes of images and of indexes, and oddities seen in the wild. */
import fc from 'fast-check';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { isManifestType, mediaTypes } from '../../oci/spec/media-type.ts';
import { bytesOf, type Content, contentOf, manifestOf } from './content.ts';

/** A graph whose contents are in an order in which they can be pushed; the root is the last. */
export interface Graph {
  readonly root: Content;
  /** Distinct, and all that a complete copy has. */
  readonly contents: readonly Content[];
}

/** The manifests of the graph. */
export function manifestsOf(graph: Graph): readonly Content[] {
  return graph.contents.filter((content) => isManifestType(content.descriptor.mediaType));
}

/** The blobs of the graph. */
export function blobsOf(graph: Graph): readonly Content[] {
  return graph.contents.filter((content) => !isManifestType(content.descriptor.mediaType));
}

/** Picks of what exists: each number counts from the last that was made, modulo how many there are. */
const picks = (minLength: number, maxLength: number) => fc.array(fc.nat({ max: 20 }), { minLength, maxLength });

const blobShape = fc.record({
  text: fc.string({ maxLength: 40 }),
  algorithm: fc.constantFrom('sha256', 'sha256', 'sha512'),
  inline: fc.constantFrom('none', 'none', 'right', 'wrong'),
});

const nodeShape = fc.record({
  kind: fc.constantFrom('image', 'index'),
  docker: fc.boolean(),
  children: picks(0, 5),
  /** A layer that lies elsewhere, so that nobody copies it. */
  foreign: fc.boolean(),
  /** An index may list a blob: build caches do. */
  listsBlob: fc.boolean(),
});

/** Graphs of up to six blobs and eight manifests, nested at most as deep as we follow. */
export const randomGraph: fc.Arbitrary<Graph> = fc
  .record({
    blobs: fc.array(blobShape, { minLength: 1, maxLength: 6 }),
    nodes: fc.array(nodeShape, { minLength: 1, maxLength: 8 }),
  })
  .map(({ blobs, nodes }) => {
    const blobContents = blobs.map(buildBlob);
    const manifests: Content[] = [];
    for (const [at, node] of nodes.entries()) manifests.push(buildNode(node, at, blobContents, manifests));
    return reachable(manifests.at(-1), [...blobContents, ...manifests]);
  });

type BlobShape = typeof blobShape extends fc.Arbitrary<infer Shape> ? Shape : never;
type NodeShape = typeof nodeShape extends fc.Arbitrary<infer Shape> ? Shape : never;

function buildBlob({ text, algorithm, inline }: BlobShape): Content {
  const blob = contentOf(mediaTypes.ociLayer, bytesOf(text), algorithm);
  if (inline === 'none') return blob;
  const data = Buffer.from(inline === 'right' ? text : `${text}!`).toString('base64');
  return { ...blob, descriptor: { ...blob.descriptor, data } };
}

function buildNode(node: NodeShape, at: number, blobs: readonly Content[], manifests: readonly Content[]): Content {
  const annotations = { node: String(at) };
  if (node.kind === 'image' || manifests.length === 0) {
    const [config = pick(blobs, at), ...layers] = node.children.map((n) => pick(blobs, n));
    const foreign = node.foreign ? [foreignLayer] : [];
    const type = node.docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
    return manifestOf(type, { annotations, config, layers: [...layers, ...foreign] });
  }
  const children = node.children.map((n) => pick(manifests, n));
  const type = node.docker ? mediaTypes.dockerManifestList : mediaTypes.ociIndex;
  const listed = node.listsBlob ? [pick(blobs, at)] : [];
  return manifestOf(type, { annotations, manifests: [...children, ...listed] });
}

function pick(contents: readonly Content[], fromLast: number): Descriptor | undefined {
  return contents.at(-1 - (fromLast % contents.length))?.descriptor;
}

const foreignLayer: Descriptor = {
  ...contentOf(mediaTypes.dockerForeignLayer, bytesOf('not here')).descriptor,
  urls: ['https://layers.example/1'],
};

/** The graph below the root: what the document of something reachable names. */
function reachable(root: Content | undefined, contents: readonly Content[]): Graph {
  if (root === undefined) throw new Error('a graph has a root');
  const kept = new Map([[root.descriptor.digest, root]]);
  for (const content of contents.toReversed()) {
    const isNamed = [...kept.values()].some((parent) => names(parent, content));
    if (isNamed) kept.set(content.descriptor.digest, content);
  }
  return { root, contents: [...kept.values()].reverse() };
}

function names(parent: Content, content: Content): boolean {
  if (!isManifestType(parent.descriptor.mediaType)) return false;
  return new TextDecoder().decode(parent.bytes).includes(content.descriptor.digest);
}
