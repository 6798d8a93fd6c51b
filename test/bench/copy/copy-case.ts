/** What is copied in the benchmark, and how large it is. */
import type { ImageShape } from './seeded-image.ts';

export const caseNames = ['cold-bulk', 'cold-small', 'repeat', 'same-registry'] as const;
export type CaseName = (typeof caseNames)[number];

/** One way to copy. */
export interface CopyCase {
  readonly title: string;
  readonly image: 'bulk' | 'small';
  /** What the target has before: nothing, the same image, or its blobs in another repository. */
  readonly target: 'empty' | 'complete' | 'sibling';
}

export const copyCases: Readonly<Record<CaseName, CopyCase>> = {
  'cold-bulk': { title: 'cold, few large blobs', image: 'bulk', target: 'empty' },
  'cold-small': { title: 'cold, many small blobs', image: 'small', target: 'empty' },
  repeat: { title: 'repeat, nothing to do', image: 'small', target: 'complete' },
  'same-registry': { title: 'same registry, other repository', image: 'small', target: 'sibling' },
};

/** Round-trip time to a registry some countries away. */
export const delayMs = 40;

/** What is added to the round trips of loopback. */
export const latenciesMs: readonly number[] = [0, delayMs];

/** How much of everything. */
export interface CopySizes {
  readonly rounds: number;
  readonly bulk: ImageShape;
  readonly small: ImageShape;
  /** Layers of the two images whose copies are compared in memory. */
  readonly memory: { readonly rounds: number; readonly usualLayerBytes: number; readonly largeLayerBytes: number };
}

const kib = 1024;
const mib = 1024 * kib;

/** What the kept results are measured with. */
export const fullSizes: CopySizes = {
  rounds: 5,
  bulk: { platforms: 1, layers: 10, layerBytes: 50_000_000 },
  small: { platforms: 4, layers: 10, layerBytes: 20 * kib },
  memory: { rounds: 3, usualLayerBytes: 20 * mib, largeLayerBytes: 2 * kib * mib },
};

/** Enough to see that everything works; its times mean nothing. */
export const quickSizes: CopySizes = {
  rounds: 1,
  bulk: { platforms: 1, layers: 10, layerBytes: 1_000_000 },
  small: { platforms: 2, layers: 3, layerBytes: 20 * kib },
  memory: { rounds: 1, usualLayerBytes: mib, largeLayerBytes: 16 * mib },
};

/** The image in words: `4 platforms x 10 layers x 20.5 KB`. */
export function formatShape({ platforms, layers, layerBytes }: ImageShape): string {
  const size = layerBytes >= 1e6 ? `${layerBytes / 1e6} MB` : `${layerBytes / 1e3} KB`;
  return `${platforms === 1 ? '' : `${platforms} platforms x `}${layers} layers x ${size}`;
}
