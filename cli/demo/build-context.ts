/** The directory a container tool builds from: the image's files, a Containerfile, and a way to sign in. */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../shell.ts';
import type { BuildJob } from './builder.ts';
import { webCommand, webEntrypoint, webPort } from './web-files.ts';

export interface BuildContext {
  /** Directory with the Containerfile. */
  readonly context: string;
  /** Directory with a `config.json` as docker keeps it. */
  readonly auth: string;
  /** Directory for whatever the tool stores. */
  readonly storage: string;
  /** Environment for the tool: its home and its caches are in the job's directory. */
  readonly env: Environment;
}

/** Writes everything a build needs below the job's directory. */
export async function writeBuildContext(job: BuildJob): Promise<BuildContext> {
  const below = (name: string) => join(job.directory, name);
  const written = { context: below('context'), auth: below('auth'), storage: below('s') };
  for (const file of job.files) await writeOldFile(join(written.context, 'rootfs', file.path), file.bytes, file.mode);
  await writeFile(join(written.context, 'Containerfile'), containerfile(job));
  await mkdir(written.auth, { recursive: true, mode: 0o700 });
  await writeFile(join(written.auth, 'config.json'), dockerConfig(job), { mode: 0o600 });
  for (const directory of [written.storage, below('home')]) await mkdir(directory, { recursive: true });
  const home = { HOME: below('home'), XDG_DATA_HOME: below('home'), XDG_CONFIG_HOME: below('home') };
  return { ...written, env: { ...job.env, ...home, TMPDIR: job.directory } };
}

/** The file with a modification time that does not tell when the demo ran. */
async function writeOldFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes, { mode });
  await utimes(path, 0, 0);
}

function containerfile(job: BuildJob): string {
  return [
    'FROM scratch',
    'COPY rootfs/ /',
    `EXPOSE ${webPort}`,
    `LABEL org.opencontainers.image.version=${job.version}`,
    `ENTRYPOINT ${JSON.stringify(webEntrypoint)}`,
    `CMD ${JSON.stringify(webCommand)}`,
    '',
  ].join('\n');
}

function dockerConfig(job: BuildJob): string {
  const auth = Buffer.from(`demo:${job.token}`).toString('base64');
  return JSON.stringify({ auths: { [job.registry]: { auth } } });
}
