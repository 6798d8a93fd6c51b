/** What a registry made of mounts so far, so that it is not asked again for what it refuses. */
import type { RepositoryName } from '../spec/repository-name.ts';
import type { RegistryQuirks } from './quirks.ts';

/** What a mount came to: done, an upload session in its place, an answer that is neither, or none. */
export type MountOutcome = 'mounted' | 'session' | 'refused' | 'unanswered';

/** What is known of one registry, for as long as its client lives. */
export interface MountMemory {
  /** Whether a mount from the source may work: a repository here, or one elsewhere with its host in front. */
  mayMount(source: string, target: RepositoryName): boolean;
  /** Remembers a refusal, by its status. */
  refused(source: string, target: RepositoryName, status: number): void;
  /** Whether to ask for a blob of the size by its digest alone, without a source; whoever is told to says what came of it. */
  beginAnonymousMount(sizeBytes: number): boolean;
  endAnonymousMount(outcome: MountOutcome): void;
}

/** How long a refusal is believed: long beside a copy, short beside the time until somebody has changed permissions. */
const refusalMs = 15 * 60_000;

/** Refusals kept; the oldest goes first. */
const refusalsMax = 1_000;

/**
 * Smallest blob that is asked for by its digest alone while it is not known whether that works. It saves all bytes of
 * a blob where it does (zot, with its index of all content), and one request may be lost where it is refused.
 */
const probedSizeBytesMin = 1024 * 1024;

/** How often it is asked without any sign that it works: a session is what most registries answer, whatever they have. */
const probesMax = 3;

/** A memory of nothing. */
export function openMountMemory(quirks: RegistryQuirks, now: () => number): MountMemory {
  /** Until when each refusal is believed. */
  const refusals = new Map<string, number>();
  let anonymous: 'works' | 'unknown' | 'refused' = quirks.anonymousMounts === 'never' ? 'refused' : 'unknown';
  let probes = 0;
  let isProbing = false;

  return {
    mayMount(source, target) {
      const at = now();
      return keysOf(source, target).every((key) => (refusals.get(key) ?? 0) <= at);
    },
    refused(source, target, status) {
      const key = keyFor(source, target, status);
      if (key === undefined) return;
      refusals.delete(key);
      const [oldest] = refusals.size < refusalsMax ? [] : refusals.keys();
      if (oldest !== undefined) refusals.delete(oldest);
      refusals.set(key, now() + refusalMs);
    },
    beginAnonymousMount(sizeBytes) {
      if (anonymous !== 'unknown') return anonymous === 'works';
      // One at a time: whoever comes in between does better with the ordinary POST than with the same mistake.
      if (isProbing || probes === probesMax || sizeBytes < probedSizeBytesMin) return false;
      isProbing = true;
      probes += 1;
      return true;
    },
    endAnonymousMount(outcome) {
      isProbing = false;
      if (outcome === 'mounted') anonymous = 'works';
      if (outcome === 'refused') anonymous = 'refused';
    },
  };
}

const everywhere = 'any';

function keysOf(source: string, target: RepositoryName): readonly string[] {
  return [everywhere, projectOf(source), pairOf(source, target)];
}

/** What a refusal is about; undefined when it may be different the next moment. */
function keyFor(source: string, target: RepositoryName, status: number): string | undefined {
  // The method, or mounting itself.
  if (status === 405 || status === 501) return everywhere;
  // A repository is not there, and which of the two is not said.
  if (status === 404) return pairOf(source, target);
  // Permissions are given by project: Docker Hub answers 400 or 401 for a foreign `from`, Harbor 401, GitLab 401.
  return status === 400 || status === 401 || status === 403 || status === 500 ? projectOf(source) : undefined;
}

function projectOf(repository: string): string {
  return `project ${repository.split('/', 1)[0]}`;
}

function pairOf(source: string, target: RepositoryName): string {
  return `pair ${source} ${target}`;
}
