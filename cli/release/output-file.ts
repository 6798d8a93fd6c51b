/** The file in which the outputs of a release are left for whatever comes after it. */
import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { InputError } from '../../errors/errors.ts';
import type { Shell } from '../shell.ts';
import type { ReleaseDocument } from './release-document.ts';
import type { ReleaseFlags } from './release-flags.ts';

export interface OutputFile {
  write(document: ReleaseDocument): Promise<void>;
}

type Format = 'env' | 'json';

/**
 * The file, emptied: a release that fails before it has outputs leaves none of an earlier one behind, and a path that
 * cannot be written to is told before anything is built. Undefined where none is wanted.
 * @throws InputError REQUEST_INVALID.
 */
export async function openOutputFile(
  shell: Shell,
  { outputFile, outputFormat }: Pick<ReleaseFlags, 'outputFile' | 'outputFormat'>,
): Promise<OutputFile | undefined> {
  if (outputFile === undefined) {
    if (outputFormat === undefined) return undefined;
    throw invalid('--output-format without --output-file', 'name the file');
  }
  const format = formatOf(outputFile, outputFormat);
  const path = resolve(shell.cwd, outputFile);
  const write = async (text: string) => {
    await writeFile(path, text).catch((cause: unknown) => {
      const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
      throw invalid(
        `cannot write the outputs: ${outputFile} (${why})`,
        'name a file in a directory that is there',
        cause,
      );
    });
  };
  await write('');
  return {
    write: (document) => write(format === 'json' ? `${JSON.stringify(document, undefined, 2)}\n` : renderEnv(document)),
  };
}

function formatOf(file: string, written: string | undefined): Format {
  if (written === 'env' || written === 'json') return written;
  if (written !== undefined) throw invalid(`not a format of outputs: ${written}`, 'write env or json');
  const name = basename(file).toLowerCase();
  if (name.endsWith('.json')) return 'json';
  if (name.endsWith('.env')) return 'env';
  throw invalid(`a file whose name tells no format: ${file}`, 'call it .env or .json, or say --output-format');
}

/** Begins the names of variables; not ours, by which the next step would be told settings. */
const variablePrefix = 'RELEASE_';

/** What can stand behind `=` without quotes, for shells and for readers that know none. */
const plainValue = /^[\w.:/@,+-]+$/;

/**
 * A variable a line, `RELEASE_DIGEST=sha256:…`, for shells and for GitLab, which knows neither quotes nor several lines:
 * lists are joined by commas, and what has no value is left out.
 */
export function renderEnv(document: ReleaseDocument): string {
  const { moved, held, images, promotion } = document;
  const nameTag = ({ image, tag }: { readonly image: string; readonly tag: string }) => `${image}:${tag}`;
  const values: Readonly<Record<string, readonly string[]>> = {
    DIGEST: [document.digest],
    VERSION: [document.version],
    TAGS: document.tags,
    TAG_NAMES: document['tag-names'],
    MOVED: moved.map(nameTag),
    HELD: held.map(nameTag),
    IMAGES: images.flatMap(({ ref }) => ref ?? []),
    REUSED: [String(document.reused)],
    PROMOTION_ID: [promotion?.id ?? ''],
    PROMOTION_STATE: [promotion?.state ?? ''],
  };
  return Object.entries(values)
    .map(([name, list]) => ({ name, value: list.join(',') }))
    .filter(({ value }) => plainValue.test(value))
    .map(({ name, value }) => `${variablePrefix}${name}=${value}\n`)
    .join('');
}

function invalid(message: string, wayOut: string, cause?: unknown): InputError {
  return new InputError({ code: 'REQUEST_INVALID', message, wayOut, cause });
}
