/** The verbs there are, in groups that are loaded together. */
import type { Command } from 'commander';
import type { RunVerb } from '../run-verb.ts';

/** Adds the verbs of one group to the program. */
export type AddVerbs = (program: Command, run: RunVerb) => void;

interface VerbGroup {
  /** Its verbs, by every name they have. */
  readonly names: readonly string[];
  readonly load: () => Promise<AddVerbs>;
}

/** In the order in which help lists them. */
export const verbGroups: readonly VerbGroup[] = [
  { names: ['release'], load: async () => (await import('./release-verb.ts')).addReleaseVerb },
  {
    names: ['status', 'history', 'doctor', 'promote', 'rollback'],
    load: async () => (await import('./service-verbs.ts')).addServiceVerbs,
  },
  { names: ['copy', 'cp', 'tags'], load: async () => (await import('./registry-verbs.ts')).addRegistryVerbs },
  {
    names: ['registry'],
    load: async () => (await import('./registry-admin-verbs.ts')).addRegistryAdminVerbs,
  },
  { names: ['users'], load: async () => (await import('./user-verbs.ts')).addUserVerbs },
  { names: ['tokens'], load: async () => (await import('./token-verbs.ts')).addTokenVerbs },
  { names: ['serve', 'demo', 'config'], load: async () => (await import('./machine-verbs.ts')).addMachineVerbs },
];

/**
 * Adds the verbs of the group that the first word names, or of all: help lists them, and an unknown word may be meant for
 * any of them. Most command lines name one, and whoever waits for it need not wait for the others.
 */
export async function addVerbs(program: Command, run: RunVerb, first: string | undefined): Promise<void> {
  const named = verbGroups.filter(({ names }) => first !== undefined && names.includes(first));
  for (const { load } of named.length > 0 ? named : verbGroups) (await load())(program, run);
}
