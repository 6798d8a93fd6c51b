/** The workflows of this repository, read: those that are called, those that are copied, and its own. */
import { posix } from 'node:path';
import { parse } from 'yaml';
import { listFiles, readText } from '../repository-files.ts';

export interface WorkflowInput {
  readonly type?: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  readonly description?: string;
}

export interface WorkflowOutput {
  readonly value: string;
}

/** What can set a workflow off. */
export interface Trigger {
  readonly inputs?: Readonly<Record<string, WorkflowInput>>;
  readonly secrets?: Readonly<Record<string, { readonly required?: boolean } | null>>;
  readonly outputs?: Readonly<Record<string, WorkflowOutput>>;
}

export type Permissions = Readonly<Record<string, 'read' | 'write' | 'none'>>;

export interface Concurrency {
  readonly group: string;
  readonly queue?: string;
  readonly 'cancel-in-progress'?: boolean | string;
}

export interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
}

export interface Job {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly permissions?: Permissions;
  readonly concurrency?: Concurrency;
  readonly 'timeout-minutes'?: number | string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  /** Name of the file. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly on: Readonly<Record<string, Trigger | null>>;
  readonly permissions?: Permissions;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Every workflow below the folder. */
export function readWorkflows(folder: '.github/workflows' | 'workflows'): readonly Workflow[] {
  return listFiles()
    .filter((path) => posix.dirname(path) === folder)
    .map((path) => parseWorkflow(path, readText(path)));
}

/** A workflow by its text. */
export function parseWorkflow(path: string, text: string): Workflow {
  const document = parse(text) as Omit<Workflow, 'name' | 'path' | 'text'> & { readonly on: Workflow['on'] | string };
  const on = typeof document.on === 'string' ? { [document.on]: null } : document.on;
  return { ...document, on, name: posix.basename(path), path, text };
}

/** The workflows that others call. */
export function isCallable({ on, name }: Workflow): boolean {
  return 'workflow_call' in on && name !== 'ci.yml';
}

/** The jobs with their names. */
export function jobsOf({ jobs }: Workflow): readonly (Job & { readonly name: string })[] {
  return Object.entries(jobs).map(([name, job]) => ({ ...job, name }));
}
