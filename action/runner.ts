/** What the Action sees of its runner: inputs, outputs, state, the log and its commands. Nothing else speaks to it. */
import * as core from '@actions/core';
import { openMasks } from '../release/access/masks.ts';
import type { Environment } from '../release/surroundings/environment.ts';
import { type Annotation, openAnnotations } from './annotations.ts';
import { harmless } from './harmless.ts';

/** What a runner is made of; the rest comes from @actions/core, which reads the process itself. */
export interface RunnerHost {
  readonly env: Environment;
  /** The workspace of the job. */
  readonly cwd: string;
  /** A directory that the runner empties when the job is over. */
  readonly temporary: string;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  now(): number;
  newId(): string;
}

/** A runner, as far as a step may use it. Whatever is written to it has lost its secrets on the way. */
export interface Runner extends RunnerHost {
  /** Text of an input; empty when it was not given. */
  input(name: string): string;
  output(name: string, value: string): void;
  /** What the main part of the step left for its post part; empty when it left nothing. */
  state(name: string): string;
  saveState(name: string, value: string): void;
  /** From now on the secret appears nowhere, in no form it is known to take. */
  mask(secret: string): void;
  /** The text without the secrets. */
  hide(text: string): string;
  /** Lines of the log. */
  say(text: string): void;
  /** Lines of the log for those who debug the step. */
  whisper(text: string): void;
  annotate(annotation: Annotation): void;
  /** A part of the log that folds; whoever opens it closes it. */
  openGroup(title: string): LogGroup;
  /** Appends to the summary of the job, where the runner has one. */
  summarize(markdown: string): Promise<void>;
  /** A token that says who this job is, for one audience. */
  idToken(audience: string): Promise<string>;
}

/** Lines that somebody else wrote: the runner takes no commands from them. */
export interface LogGroup {
  write(line: string): void;
  close(): void;
}

/** The runner of this process. */
export function openRunner(host: RunnerHost): Runner {
  const masks = openMasks(core.setSecret);
  const say = (text: string): void => {
    for (const line of masks.hide(text).split(/\r?\n/)) core.info(harmless(line));
  };
  const annotations = openAnnotations({ issue: issueAnnotation, say });
  return {
    ...host,
    input: (name) => core.getInput(name, { trimWhitespace: false }),
    output: (name, value) => core.setOutput(name, value),
    state: (name) => core.getState(name),
    saveState: (name, value) => core.saveState(name, value),
    mask: (secret) => masks.add(secret),
    hide: (text) => masks.hide(text),
    say,
    whisper: (text) => core.debug(masks.hide(text)),
    annotate: (annotation) => annotations.add({ ...annotation, message: masks.hide(annotation.message) }),
    openGroup: (title) => openGroup(harmless(title), host.newId(), masks.hide),
    summarize: async (markdown) => {
      if (!host.env['GITHUB_STEP_SUMMARY']) return;
      try {
        await core.summary.addRaw(masks.hide(markdown), true).write();
      } catch (error) {
        // What was done is done, whether or not it can be told here.
        say(`the summary could not be written: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    idToken: (audience) => core.getIDToken(audience),
  };
}

/** Between the two tokens the runner repeats what it is given, and obeys none of it. */
function openGroup(title: string, token: string, hide: (text: string) => string): LogGroup {
  core.startGroup(title);
  core.info(`::stop-commands::${token}`);
  return {
    write: (line) => core.info(hide(line)),
    close() {
      core.info(`::${token}::`);
      core.endGroup();
    },
  };
}

function issueAnnotation({ kind, message, title, file, line }: Annotation): void {
  const properties = {
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { startLine: line }),
  };
  issuers[kind](message, properties);
}

const issuers = { error: core.error, warning: core.warning, notice: core.notice } as const;
