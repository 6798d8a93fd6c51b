/** `demo`: the whole way of an image to production and back, on a service of its own; leaves nothing behind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseBuilder } from './demo/choose-builder.ts';
import { openNarrator } from './demo/narrator.ts';
import { play, playSteps } from './demo/play.ts';
import { openStage, type Stage } from './demo/stage.ts';
import { readStaticBusybox } from './demo/static-program.ts';
import { webFiles } from './demo/web-files.ts';
import { openWorkshop } from './demo/workshop.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { formatSpan } from './render/age.ts';
import { printable } from './render/width.ts';
import type { Output, Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

export interface DemoFlags {
  /** Name of the builder; the first that works when absent. */
  readonly builder?: string;
  readonly json: boolean;
}

/** Plays the demo; whatever happens, what it started is ended and what it wrote is removed. */
export async function demo(shell: Shell, flags: DemoFlags): Promise<ExitCode> {
  const output = flags.json ? shell.stderr : shell.stdout;
  const startedAt = shell.now();
  const around = { env: shell.env, cwd: shell.cwd, signal: shell.signal };
  const [builder, busybox] = await Promise.all([chooseBuilder(flags.builder, around), readStaticBusybox()]);
  const directory = await mkdtemp(join(tmpdir(), 'registry-action-demo-'));
  const narrator = openNarrator(output, 1 + playSteps, shell.now);
  const workshop = openWorkshop(builder, (why) =>
    narrator.show(`${builder.name} does not work here: ${printable(why)}\n`),
  );
  let stage: Stage | undefined;
  try {
    output.write(introduction);
    if (busybox === undefined) output.write(notRunnable);
    const step = { title: 'start registry, Redis, API and worker', commands: ['registry-action serve'] };
    stage = await narrator.step(
      step,
      () => openStage(shell, directory),
      (open) => `registry ${open.registryHost}, API ${open.apiUrl}`,
    );
    const parts = {
      shell,
      stage,
      workshop,
      narrator,
      output,
      directory,
      filesOf: (version: string) => webFiles(version, busybox),
    };
    const matrix = await play(parts);
    await stage.close();
    const tookMs = shell.now() - startedAt;
    if (flags.json) writeJson(shell, { ok: true, tookMs, steps: narrator.records, matrix });
    else output.write(conclusion(output, tookMs));
    return exitCodes.done;
  } finally {
    await cleanUp(stage, directory);
  }
}

async function cleanUp(stage: Stage | undefined, directory: string): Promise<void> {
  try {
    await stage?.close();
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

const introduction = `An image on its way to production and back: on this machine, offline, within a
minute. Everything runs in a temporary directory and is gone afterwards.
`;

const notRunnable = `There is no static busybox here, so the image holds a page alone: it can be pushed
and promoted like any other, but not run.
`;

function conclusion(output: Output, tookMs: number): string {
  const { palette } = output.look();
  return `
${palette.green('done')} in ${formatSpan(tookMs)}: production is back on 1.0.0, and stays until somebody promotes.
Everything the demo started is closed, everything it wrote is removed.

Your turn:  npx registry-action serve
`;
}
