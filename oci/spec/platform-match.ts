/** Platforms compared: two spellings of one machine are one platform. */
import type { Platform } from './platform.ts';

/** Other names of architectures, and the variant that some of them say along with it. */
const architectureNames: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  aarch64: ['arm64'],
  armel: ['arm', 'v6'],
  armhf: ['arm', 'v7'],
  i386: ['386'],
  'x86-64': ['amd64'],
  x86_64: ['amd64'],
};

const systemNames: Readonly<Record<string, string>> = { macos: 'darwin' };

/** The variant that an architecture has where none is written: written out it means the same. */
const impliedVariants: Readonly<Record<string, string>> = { amd64: 'v1', arm: 'v7', arm64: 'v8' };

/** The platform in its one spelling: lower case, the common names, and no variant where it goes without saying. */
export function normalisePlatform(platform: Platform): Platform {
  const { variant: _, ...others } = platform;
  const written = platform.architecture.toLowerCase();
  const [architecture, named] = architectureNames[written] ?? [written];
  const variant = normaliseVariant(platform.variant?.toLowerCase() || named || '');
  const os = platform.os.toLowerCase();
  const isImplied = variant === '' || variant === impliedVariants[architecture];
  return { ...others, os: systemNames[os] ?? os, architecture, ...(isImplied ? {} : { variant }) };
}

/**
 * Whether a platform is one that is wanted. The wanted one's version of the operating system, where written, may leave
 * out its last numbers: `10.0.20348` wants any build of it.
 */
export function matchesPlatform(platform: Platform, wanted: Platform): boolean {
  const [has, wants] = [normalisePlatform(platform), normalisePlatform(wanted)];
  if (has.os !== wants.os || has.architecture !== wants.architecture || has.variant !== wants.variant) return false;
  const [version, wantedVersion] = [has['os.version'] ?? '', wants['os.version'] ?? ''];
  return wantedVersion === '' || version === wantedVersion || version.startsWith(`${wantedVersion}.`);
}

/** `7` is `v7`, and `v8.0` is `v8`. */
function normaliseVariant(variant: string): string {
  return variant.replace(/^(?=\d)/, 'v').replace(/\.0$/, '');
}
