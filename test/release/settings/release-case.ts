/** What a release is read from in tests: settings by name, and surroundings of which a case changes what it is about. */
import { type ReadRelease, readReleaseRequest } from '../../../release/settings/read-release-request.ts';
import { readSettings } from '../../../release/settings/read-settings.ts';
import type { RunGit } from '../../../release/surroundings/run-git.ts';
import type { Surroundings } from '../../../release/surroundings/surroundings.ts';

/** Settings as written. */
export type Written = Readonly<Record<string, string>>;

/** A commit, in full. */
export const commit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
/** Some digest. */
export const digest = `sha256:${'a'.repeat(64)}`;

/** A push to the default branch of a repository on GitHub. */
export const onMain: Surroundings = {
  system: 'github',
  commit,
  source: 'https://github.com/acme/app',
  committedAt: Date.UTC(2026, 10, 29, 17, 30, 5),
  ref: { kind: 'branch', name: 'main', isDefault: true },
  isForeign: false,
  runUrl: undefined,
  actor: 'octo-org',
  ownRegistry: { registry: 'ghcr.io', username: 'octo-org' },
};

/** What a case has beside its settings. */
export interface ReleaseCase {
  readonly around?: Partial<Surroundings>;
  /** Texts by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly runGit?: RunGit;
}

/** Reads the settings; one image is named unless the case names some. */
export async function readRelease(
  written: Written,
  { around, files = {}, runGit }: ReleaseCase = {},
): Promise<ReadRelease> {
  const values = readSettings(new Map(Object.entries({ images: 'ghcr.io/acme/app', ...written })));
  const readFile = async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw new Error(`no such file: ${path}`);
    return text;
  };
  return await readReleaseRequest(
    values,
    { ...onMain, ...around },
    runGit === undefined ? { readFile } : { readFile, runGit },
  );
}
