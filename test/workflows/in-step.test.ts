/** The workflows that are copied, those that they call, and the Action that these use: what one passes, the next one takes. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commandNames } from '../../release/settings/setting.ts';
import { settings } from '../../release/settings/settings.ts';
import { ownAction } from '../../scripts/stamp-workflows.ts';
import { readText } from '../repository-files.ts';
import { isCallable, type Job, jobsOf, readWorkflows, type Step, type Workflow } from './workflow-files.ts';

const own = readWorkflows('.github/workflows');
const callable = own.filter(isCallable);
const starters = readWorkflows('workflows');
const every = [...own, ...starters];
const action: { readonly inputs: Record<string, { readonly default?: string }>; readonly outputs: object } = parse(
  readText('action.yml'),
);
const { version }: { readonly version: string } = JSON.parse(readText('package.json'));

/** The step of a callable workflow that uses the Action, and the job it is in. */
interface Use {
  readonly workflow: Workflow;
  readonly job: Job & { readonly name: string };
  readonly step: Step;
}

const uses: readonly Use[] = callable.flatMap((workflow) =>
  jobsOf(workflow).flatMap((job) =>
    (job.steps ?? []).filter((step) => step.uses?.startsWith(`${ownAction}@`)).map((step) => ({ workflow, job, step })),
  ),
);

/** Names behind `inputs.`, `secrets.` and the like. */
function namesIn(text: string, context: string): readonly string[] {
  return [...new Set([...text.matchAll(new RegExp(`\\b${context}\\.([\\w-]+)`, 'g'))].map(([, name = '']) => name))];
}

function callInputs(workflow: Workflow) {
  return workflow.on['workflow_call']?.inputs ?? {};
}

/** What a workflow says besides what it declares. */
function bodyOf(workflow: Workflow): string {
  return JSON.stringify([workflow.jobs, workflow.concurrency]);
}

test('there are workflows to call, and starters for each of them', () => {
  expect(callable.map(({ name }) => name)).toEqual([
    ...['chat-ops.yml', 'matrix-release.yml', 'promote.yml', 'release.yml', 'rollback.yml'],
  ]);
  const called = starters.flatMap(jobsOf).map(({ uses: target }) => target);
  for (const { name } of callable) expect(called).toContain(`${ownAction}/.github/workflows/${name}@v1`);
});

describe.each(uses)('the step of $workflow.name that uses the Action in the job $job.name', (use) => {
  const passed = Object.entries(use.step.with ?? {});

  test('passes inputs that the Action has, all of which its command takes', () => {
    const commands = commandNames.filter((name) =>
      new RegExp(`\\b${name}\\b`).test(String(use.step.with?.['command'])),
    );
    expect(commands).not.toEqual([]);
    const taken = settings.filter((setting) => setting.commands.some((name) => commands.includes(name)));
    const names = new Set(taken.map(({ name }) => name));
    expect(passed.map(([name]) => name).filter((name) => !names.has(name) || !(name in action.inputs))).toEqual([]);
  });

  test('passes each input under its own name, with the type and the default that the Action has', () => {
    const forwarded = passed.flatMap(([name, value]) => {
      const [, input] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(String(value)) ?? [];
      return input === undefined ? [] : [{ name, input, declared: callInputs(use.workflow)[input] }];
    });
    for (const { name, input, declared } of forwarded) {
      expect(input).toBe(name);
      const setting = settings.find((one) => one.name === name);
      expect([name, declared?.type]).toEqual([name, setting?.kind === 'flag' ? 'boolean' : 'string']);
      const preset = declared?.default === undefined ? undefined : String(declared.default);
      expect([name, preset ?? action.inputs[name]?.default]).toEqual([name, action.inputs[name]?.default]);
    }
  });

  test('has outputs that the Action has', () => {
    const outputs = Object.values(use.job.outputs ?? {}).flatMap((text) =>
      namesIn(text, `steps.${use.step.id}.outputs`),
    );
    expect(outputs.filter((name) => !(name in action.outputs))).toEqual([]);
  });

  test('uses the Action of its own version', () => {
    expect(use.step.uses).toBe(`${ownAction}@v${version}`);
  });
});

describe.each(callable)('the workflow $name, which others call,', (workflow) => {
  const call = workflow.on['workflow_call'];

  test('uses every input and secret that it declares, and declares what it uses', () => {
    expect(namesIn(bodyOf(workflow), 'inputs').toSorted()).toEqual(Object.keys(callInputs(workflow)).toSorted());
    expect(namesIn(bodyOf(workflow), 'secrets').toSorted()).toEqual(Object.keys(call?.secrets ?? {}).toSorted());
  });

  test('takes the same when it is dispatched, where it can be, and no more than GitHub Enterprise Server allows', () => {
    const dispatched = Object.entries(workflow.on['workflow_dispatch']?.inputs ?? {});
    for (const [name, input] of dispatched) expect([name, input]).toEqual([name, callInputs(workflow)[name]]);
    expect(dispatched.length).toBeLessThanOrEqual(10);
    const required = Object.entries(callInputs(workflow)).filter(([, { required: isRequired }]) => isRequired === true);
    if (dispatched.length > 0) {
      expect(dispatched.map(([name]) => name)).toEqual(expect.arrayContaining(required.map(([name]) => name)));
    }
  });

  test('has outputs that its jobs have', () => {
    for (const [name, { value }] of Object.entries(call?.outputs ?? {})) {
      const [, job = '', output = ''] = /^\$\{\{ jobs\.([\w-]+)\.outputs\.([\w-]+) \}\}$/.exec(value) ?? [];
      expect([name, output, workflow.jobs[job]?.outputs?.[output] !== undefined]).toEqual([name, name, true]);
    }
  });

  test('describes every input', () => {
    const silent = Object.entries(callInputs(workflow)).filter(([, { description }]) => !description?.endsWith('.'));
    expect(silent).toEqual([]);
  });

  test('has a concurrency group that no caller has by chance', () => {
    const groups = [workflow.concurrency, ...jobsOf(workflow).map(({ concurrency }) => concurrency)].flatMap(
      (concurrency) => concurrency?.group ?? [],
    );
    expect(groups).toHaveLength(1);
    const word = workflow.name.replace('.yml', '').replace('chat-ops', 'chat');
    expect(groups[0]).toMatch(new RegExp(`^registry-action-${word}-\\$\\{\\{`));
  });
});

describe.each(starters)('the starter $name', (starter) => {
  const calls = jobsOf(starter).flatMap((job) => {
    const target = own.find(({ name }) => job.uses === `${ownAction}/.github/workflows/${name}@v1`);
    return [{ job, target }];
  });

  test('does nothing but call workflows that are there', () => {
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter(({ target }) => target === undefined || !isCallable(target))).toEqual([]);
  });

  test('passes inputs and secrets that the workflow has, with their types, and all that it needs', () => {
    for (const { job, target } of calls) {
      const inputs = target === undefined ? {} : callInputs(target);
      for (const [name, value] of Object.entries(job.with ?? {})) {
        expect([name, typeOf(value, starter)]).toEqual([name, inputs[name]?.type]);
      }
      const needed = Object.keys(inputs).filter((name) => inputs[name]?.required === true);
      expect(Object.keys(job.with ?? {})).toEqual(expect.arrayContaining(needed));
      const secrets = Object.keys(target?.on['workflow_call']?.secrets ?? {});
      expect(Object.keys(job.secrets ?? {}).filter((name) => !secrets.includes(name))).toEqual([]);
    }
  });

  test('uses every input that it declares, and declares what it uses', () => {
    const declared = Object.values(starter.on).flatMap((trigger) => Object.keys(trigger?.inputs ?? {}));
    expect(namesIn(bodyOf(starter), 'inputs').toSorted()).toEqual([...new Set(declared)].toSorted());
  });

  test('gives the jobs of the workflow the permissions that they ask for, and no others', () => {
    for (const { job, target } of calls) {
      const asked: Record<string, string> = {};
      // GitHub compares the caller with what the file asks for as a whole, too, even where each job asks for less.
      for (const { permissions = {} } of target === undefined ? [] : [target, ...jobsOf(target)]) {
        for (const [scope, access] of Object.entries(permissions)) {
          if (asked[scope] !== 'write') asked[scope] = access;
        }
      }
      expect(job.permissions).toEqual(asked);
    }
  });

  test('has no concurrency group, which could be the one of the workflow that it calls', () => {
    expect([starter.concurrency, ...jobsOf(starter).map(({ concurrency }) => concurrency)].filter(Boolean)).toEqual([]);
  });

  test('says first what it does, and fits on a page', () => {
    expect(starter.text).toMatch(/^# [A-Z]/);
    expect(starter.text).toContain('Copy this file to .github/workflows/');
    expect(starter.text.split('\n').length).toBeLessThan(60);
  });
});

describe.each(every)('the workflow $path', (workflow) => {
  test('has a token that reads, and jobs that say what else they may', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const silent = jobsOf(workflow).filter(({ permissions }) => permissions === undefined);
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test('uses what others made by its commit, and says which version that is', () => {
    const lines = workflow.text.split('\n').filter((line) => /^\s*(?:- )?uses: /.test(line));
    expect(lines.filter((line) => !isPinned(line))).toEqual([]);
  });

  test('has no expression in a script: whatever somebody wrote would be run', () => {
    const scripts = jobsOf(workflow).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  test('has jobs that end by themselves', () => {
    const endless = jobsOf(workflow).filter((job) => job.steps !== undefined && job['timeout-minutes'] === undefined);
    expect(endless.map(({ name }) => name)).toEqual([]);
  });

  test('has a concurrency group, its own or that of the workflow it calls, which drops no run that waits', () => {
    const groups = [workflow.concurrency, ...jobsOf(workflow).map(({ concurrency }) => concurrency)].flatMap(
      (concurrency) => concurrency ?? [],
    );
    const isCaller = jobsOf(workflow).every(({ uses: target }) => target !== undefined);
    expect(groups.length > 0 || isCaller).toBe(true);
    for (const group of groups) expect([group.queue, 'cancel-in-progress' in group]).toEqual(expectedOrder(workflow));
  });
});

/** Only the checks of a pull request may be superseded by those of its next commit. */
function expectedOrder({ name }: Workflow) {
  return name === 'ci.yml' ? [undefined, true] : ['max', false];
}

function isPinned(line: string): boolean {
  const ours = new RegExp(`uses: (?:\\./|${ownAction}(?:/\\S+)?@v\\d)`);
  return ours.test(line) || /uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(?:\.\d+)*$/.test(line);
}

/** The type of a value that a starter passes. */
function typeOf(value: unknown, starter: Workflow): string {
  if (typeof value !== 'string') return typeof value;
  const [, input] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value) ?? [];
  if (input === undefined) return 'string';
  const types = Object.values(starter.on).flatMap((trigger) => trigger?.inputs?.[input]?.type ?? []);
  return types[0] === 'choice' ? 'string' : (types[0] ?? 'none');
}
