/** When builders build, seen from outside: programs of their names that stand before the real ones on PATH. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The programs that build, and where the real ones are. */
export const builderPrograms = { docker: '/usr/bin/docker', buildah: '/usr/bin/buildah' } as const;

export type BuilderName = keyof typeof builderPrograms;

/** In the order of the report. */
export const builderNames: readonly BuilderName[] = ['docker', 'buildah'];

/** A program that ran: what it was asked for first, and from when to when, in epoch milliseconds. */
export interface SeenCall {
  readonly verb: string;
  readonly began: number;
  readonly ended: number;
}

export interface BuilderWatch {
  /** Comes first on PATH. */
  readonly path: string;
  /** What ran since the last time, in the order of the ends. */
  take(): Promise<readonly SeenCall[]>;
}

const nsPerMs = 1e6;

/** Programs that note the time before and after what they are asked to do. */
export async function openBuilderWatch(directory: string): Promise<BuilderWatch> {
  const path = join(directory, 'watched');
  const notes = join(directory, 'calls');
  await mkdir(path);
  for (const [name, program] of Object.entries(builderPrograms)) {
    const script = [
      '#!/bin/sh',
      'began=$(date +%s%N)',
      `${program} "$@"`,
      'code=$?',
      `echo "$1 $began $(date +%s%N)" >> '${notes}'`,
      'exit $code',
      '',
    ];
    await writeFile(join(path, name), script.join('\n'));
    await chmod(join(path, name), 0o755);
  }
  return {
    path,
    take: async () => {
      const text = await readFile(notes, 'utf8').catch(() => '');
      await rm(notes, { force: true });
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => {
        const [verb = '', began = '', ended = ''] = line.split(' ');
        return { verb, began: Number(began) / nsPerMs, ended: Number(ended) / nsPerMs };
      });
    },
  };
}
