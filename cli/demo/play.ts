/** The demo's play: two releases to production, and back to the first. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatusMatrix } from '../../api/status.ts';
import { IntegrityError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { formatDigest } from '../render/digest.ts';
import { renderMatrix } from '../render/matrix.ts';
import type { Output, Shell } from '../shell.ts';
import { awaitRelease } from './await-release.ts';
import type { BuildJob } from './build-job.ts';
import type { DemoFile } from './demo-file.ts';
import type { Narrator } from './narrator.ts';
import { readBack, readDigest } from './read-back.ts';
import { promoteVerb, rollbackVerb, type Said } from './run-verb.ts';
import type { Stage } from './stage.ts';
import type { Workshop } from './workshop.ts';

const app = 'web';
const repository = `dev/${app}`;

/** How many steps `play` narrates. */
export const playSteps = 8;

export interface PlayParts {
  readonly shell: Shell;
  readonly stage: Stage;
  readonly workshop: Workshop;
  readonly narrator: Narrator;
  /** Where the matrix is shown. */
  readonly output: Output;
  readonly directory: string;
  filesOf(version: string): readonly DemoFile[];
}

/** Plays it all and returns the last matrix; throws when anything is not as the demo says. */
export async function play(parts: PlayParts): Promise<StatusMatrix> {
  const first = await release(parts, '1.0.0');
  await promoteTo(parts, 'staging', '1.0.0', first);
  await promoteTo(parts, 'production', '1.0.0', first);
  const second = await release(parts, '1.1.0');
  await promoteTo(parts, 'staging', '1.1.0', second);
  await promoteTo(parts, 'production', '1.1.0', second);
  await rollBack(parts, '1.0.0', first);
  await assertAsTold(parts, first, second);
  return showMatrix(parts, 'production', first);
}

/** Builds and pushes a version, and waits until dev has followed it. */
async function release(parts: PlayParts, version: string): Promise<Digest> {
  const { narrator, shell, stage, workshop } = parts;
  const directory = join(parts.directory, version);
  await mkdir(directory);
  const job: BuildJob = {
    directory,
    files: parts.filesOf(version),
    registry: stage.registryHost,
    repository,
    tag: parseTag(version),
    version,
    token: stage.registry.token,
    env: shell.env,
    signal: shell.signal,
  };
  const title = `build ${app} ${version} ${workshop.how()} and push it`;
  const work = async () => {
    await workshop.buildAndPush(job);
    const digest = await readDigest(stage.registry, repository, version);
    await awaitRelease(stage.client, { app, environment: 'dev', digest }, shell.signal);
    return digest;
  };
  const tell = (digest: Digest) => `${version} is ${formatDigest(digest)}; dev follows the newest release by itself`;
  const digest = await narrator.step({ title, commands: workshop.commandsFor(job) }, work, tell);
  await showMatrix(parts, 'dev', digest);
  return digest;
}

async function promoteTo(parts: PlayParts, environment: string, version: string, digest: Digest): Promise<void> {
  const step = {
    title: `promote ${app} ${version} to ${environment}`,
    commands: [`registry-action promote ${app} ${environment}`],
  };
  const work = () => promoteVerb(parts.shell, parts.stage, { app, environment });
  await parts.narrator.step(step, work, resultOf);
  await showMatrix(parts, environment, digest);
}

async function rollBack(parts: PlayParts, version: string, digest: Digest): Promise<void> {
  const reason = 'demo: 1.1.0 is broken';
  const step = {
    title: `roll production back to ${version}`,
    commands: [`registry-action rollback ${app} production --reason "${reason}"`],
  };
  const work = () => rollbackVerb(parts.shell, parts.stage, { app, environment: 'production', reason });
  const said = await parts.narrator.step(step, work, resultOf);
  // The plan alone: how it went on is told above.
  parts.narrator.show(`\n${said.talk.slice(0, said.talk.lastIndexOf('\n\n') + 1)}`);
  await showMatrix(parts, 'production', digest);
}

/** The verb's result without its own time: the narrator tells that of the whole step. */
function resultOf(said: Said): string {
  return said.data.replace(/, in [^,]+$/, '');
}

/** Shows the matrix, which must have the digest where the demo says it is. */
async function showMatrix(parts: PlayParts, environment: string, digest: Digest): Promise<StatusMatrix> {
  const matrix = await parts.stage.client.status(parts.shell.signal);
  const cells = matrix.apps.find((row) => row.app === app)?.environments ?? [];
  const shown = cells.find((cell) => cell.environment === environment)?.digest;
  const look = parts.output.look();
  const columns = look.columns === undefined ? undefined : look.columns - 6;
  parts.narrator.show(`\n${renderMatrix(matrix, Date.parse(matrix.at), { ...look, columns })}`);
  if (shown === digest) return matrix;
  throw new IntegrityError({
    code: 'DIGEST_MISMATCH',
    message: `${environment} should be ${formatDigest(digest)}, the service says ${formatDigest(shown) || 'nothing'}`,
  });
}

async function assertAsTold(parts: PlayParts, first: Digest, second: Digest): Promise<void> {
  const { registryHost, registry } = parts.stage;
  const step = {
    title: 'read everything back from the registry itself',
    commands: [`registry-action tags ${registryHost}/production/${app}`],
  };
  const expected = [
    { repository: `production/${app}`, tag: 'production', digest: first },
    { repository: `production/${app}`, tag: '1.0.0', digest: first },
    { repository: `production/${app}`, tag: '1.1.0', digest: second },
    { repository: `staging/${app}`, tag: 'staging', digest: second },
    { repository, tag: 'dev', digest: second },
  ];
  await parts.narrator.step(
    step,
    () => readBack(registry, expected),
    (count) => `${expected.length} tags and the ${count} manifests and blobs behind them are as told`,
  );
}
