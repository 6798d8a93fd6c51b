/** What is asked of the registries, and how much of it. */

export const caseNames = [
  'manifest-tag',
  'manifest-digest',
  'manifest-head',
  'blob-medium',
  'blob-large',
  'push-small',
  'push-medium',
  'push-bulky',
] as const;
export type CaseName = (typeof caseNames)[number];

export type RegistryCase =
  | { readonly kind: 'manifest'; readonly method: 'GET' | 'HEAD'; readonly by: 'tag' | 'digest' }
  | { readonly kind: 'blob'; readonly size: 'medium' | 'large' }
  | { readonly kind: 'push'; readonly size: 'small' | 'medium' | 'bulky' };

export const registryCases: Readonly<Record<CaseName, RegistryCase>> = {
  'manifest-tag': { kind: 'manifest', method: 'GET', by: 'tag' },
  'manifest-digest': { kind: 'manifest', method: 'GET', by: 'digest' },
  'manifest-head': { kind: 'manifest', method: 'HEAD', by: 'tag' },
  'blob-medium': { kind: 'blob', size: 'medium' },
  'blob-large': { kind: 'blob', size: 'large' },
  'push-small': { kind: 'push', size: 'small' },
  'push-medium': { kind: 'push', size: 'medium' },
  'push-bulky': { kind: 'push', size: 'bulky' },
};

/** One line of the table. */
export interface RegistryRow {
  readonly name: CaseName;
  readonly concurrency: number;
}

/** How much of everything. */
export interface RegistrySizes {
  readonly rounds: number;
  readonly concurrencies: readonly number[];
  /** Of one contestant in one round. */
  readonly windowMs: number;
  /** Of one contestant before the first round: compilers and caches. */
  readonly warmUpMs: number;
  readonly bytes: { readonly small: number; readonly medium: number; readonly bulky: number; readonly large: number };
  /** A window of pushes writes no more than this: a disk is not endless. */
  readonly pushedBytesMax: number;
}

const kib = 1024;
const mib = 1024 * kib;

/** What the kept results are measured with. */
export const fullSizes: RegistrySizes = {
  rounds: 3,
  concurrencies: [1, 8, 32],
  windowMs: 800,
  warmUpMs: 400,
  bytes: { small: kib, medium: mib, bulky: 10 * mib, large: 100 * mib },
  pushedBytesMax: 500 * mib,
};

/** Enough to see that everything works; its times mean nothing. */
export const quickSizes: RegistrySizes = {
  rounds: 1,
  concurrencies: [1, 2],
  windowMs: 20,
  warmUpMs: 0,
  bytes: { small: kib, medium: 64 * kib, bulky: 128 * kib, large: mib },
  pushedBytesMax: mib,
};

/** The row as a heading names it. */
export function titleOf({ name, concurrency }: RegistryRow, { bytes }: Pick<RegistrySizes, 'bytes'>): string {
  const wanted = registryCases[name];
  switch (wanted.kind) {
    case 'manifest':
      return `${wanted.method} manifest by ${wanted.by} x${concurrency}`;
    case 'blob':
      return `GET blob of ${formatBytes(bytes[wanted.size])} x${concurrency}`;
    case 'push':
      return `push of ${formatBytes(bytes[wanted.size])} x${concurrency}`;
  }
}

function formatBytes(bytes: number): string {
  return bytes >= mib ? `${bytes / mib} MiB` : `${bytes / kib} KiB`;
}
