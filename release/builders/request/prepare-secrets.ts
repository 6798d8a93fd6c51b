/** The secrets of a build on their way to the builder: by file or environment, never by command line. */
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import type { BuildParts, BuildSecret } from '../builder.ts';
import { openRedactor, type Redactor } from '../program/redactor.ts';

export interface PreparedSecrets {
  /** What follows each `--secret` of the builder's command line. */
  readonly mounts: readonly string[];
  readonly redactor: Redactor;
  /** Removes what was written. */
  close(): Promise<void>;
}

/** Largest file whose content is taken out of what the builder says, in bytes: keys and tokens have some kilobytes. */
const redactedSizeBytesMax = 64 * 1024;

/** What builders take for an id without quoting. */
const idGrammar = /^[A-Za-z0-9_][A-Za-z0-9_.@/:+-]*$/;

/** What would end a field of the list that follows `--secret`; not all builders know quotes there. */
const ambiguous = /[,"\r\n]/;

/**
 * Values lie in files that their owner alone may read, in a directory of their own below the scratch directory.
 * @throws InputError BUILD_INPUT_INVALID for an id that is malformed or given twice, a variable or file that is not there.
 */
export async function prepareSecrets(
  secrets: readonly BuildSecret[],
  { env, cwd, scratch }: Pick<BuildParts, 'env' | 'cwd' | 'scratch'>,
): Promise<PreparedSecrets> {
  for (const [at, { id }] of secrets.entries()) {
    if (!idGrammar.test(id)) throw invalid(`not an id of a secret: ${JSON.stringify(id)}`);
    if (secrets.findIndex((other) => other.id === id) < at) throw invalid(`secret is given twice: ${id}`);
  }
  if (secrets.length === 0) return { mounts: [], redactor: openRedactor([]), close: async () => undefined };
  const directory = await mkdtemp(join(scratch, 'secrets-'));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    await chmod(directory, 0o700);
    const prepared: Prepared[] = [];
    for (const [at, secret] of secrets.entries()) {
      prepared.push(await prepare(secret, { env, cwd, place: join(directory, String(at)) }));
    }
    return {
      mounts: prepared.map(({ mount }) => mount),
      redactor: openRedactor(prepared.map(({ value }) => value)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Prepared {
  readonly mount: string;
  readonly value: string;
}

interface Surroundings extends Pick<BuildParts, 'env' | 'cwd'> {
  /** Path that is free for this secret. */
  readonly place: string;
}

async function prepare(secret: BuildSecret, { env, cwd, place }: Surroundings): Promise<Prepared> {
  const { id } = secret;
  switch (secret.kind) {
    case 'value':
      await writeFile(place, secret.value, { mode: 0o600, flag: 'wx' });
      return { mount: `id=${id},src=${place}`, value: secret.value };
    case 'env': {
      const value = env[secret.variable];
      if (value === undefined) throw invalid(`secret ${id}: there is no environment variable ${secret.variable}`);
      return { mount: `id=${id},env=${secret.variable}`, value };
    }
    case 'file': {
      const path = resolve(cwd, secret.path);
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() !== true) throw invalid(`secret ${id}: there is no file ${secret.path}`);
      const value = found.size > redactedSizeBytesMax ? '' : await readFile(path, 'utf8');
      if (!ambiguous.test(path)) return { mount: `id=${id},src=${path}`, value };
      await symlink(path, place);
      return { mount: `id=${id},src=${place}`, value };
    }
  }
}

function invalid(message: string): InputError {
  return new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut: 'correct the secrets of the build' });
}
