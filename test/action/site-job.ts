/** A job whose workspace has a directory of plain files to release, to a repository of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type Job, openJob, type StepEnd, type StepInit } from './step-process.ts';

export interface SiteJob extends Job {
  /** `host:port/repository`. */
  readonly image: string;
  /** A step with the inputs over those that release the directory to the repository. */
  step(inputs: Readonly<Record<string, string>>, init?: Omit<StepInit, 'inputs'>): Promise<StepEnd>;
  /** Releases the directory under the version, after its file was given the content. */
  release(version: string, init?: Omit<StepInit, 'inputs'> & { readonly content?: string }): Promise<StepEnd>;
  /** What the tag names in the repository. */
  digestOf(tag: string): Promise<string | undefined>;
}

let jobs = 0;

/** Opens the job; closing it leaves the registry running. */
export async function openSiteJob(registry: RegistryUnderTest): Promise<SiteJob> {
  jobs += 1;
  const job = await openJob();
  const repository = `team/web-${jobs}`;
  const image = `127.0.0.1:${registry.port}/${repository}`;
  const file = join(job.workspace, 'site', 'index.html');
  await mkdir(join(job.workspace, 'site'));
  await writeFile(file, '<h1>first</h1>');
  const common = {
    images: image,
    source: 'dir:site',
    entrypoint: '/server',
    username: 'ci',
    password: registry.tokens.pusher,
  };
  const step: SiteJob['step'] = (inputs, init = {}) => job.run({ ...init, inputs: { ...common, ...inputs } });
  return {
    ...job,
    image,
    step,
    async release(version, { content, ...init } = {}) {
      if (content !== undefined) await writeFile(file, content);
      return await step({ version }, init);
    },
    async digestOf(tag) {
      const reply = await registry.call({ path: `/v2/${repository}/manifests/${tag}`, headers: { accept: '*/*' } });
      const digest = reply.headers['docker-content-digest'];
      return typeof digest === 'string' ? digest : undefined;
    },
  };
}
