/**
 * act, which runs workflows on this machine: each job as plain processes, the Action and the workflows it is called from
 * out of directories, and no network but loopback.
 */
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownAction } from '../../scripts/stamp-workflows.ts';
import { workflowToolPath } from '../../scripts/tool-plan.mjs';
import { bundleDirectory } from '../action/bundle-under-test.ts';
import { cleanEnvironment } from '../e2e/clean-environment.ts';
import { runProgram } from '../e2e/run-program.ts';
import { adaptForAct, type Matrix } from './for-act.ts';

/** What sets a workflow off. */
export interface ActRun {
  /** Directory of the git repository that the workflow is about. */
  readonly repository: string;
  /** Path of the workflow in it. */
  readonly workflow: string;
  readonly event: string;
  readonly payload: object;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** How the run ended. */
export interface ActEnd {
  readonly code: number;
  /** The whole log, for a test that fails. */
  readonly text: string;
  /** Jobs that ran by their ids, and how each ended. */
  readonly jobs: ReadonlyMap<string, string>;
  /** What each start of Node said of itself: `node v24.21.0 runs …/index.cjs`. */
  readonly nodes: readonly string[];
  /** Lines that steps printed. */
  readonly shown: readonly string[];
  /** Outputs of the step with that id, in whatever job. */
  outputsOf(step: string): Readonly<Record<string, string>>;
}

export interface Act {
  run(run: ActRun): Promise<ActEnd>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const [actDirectory = ''] = workflowToolPath(root);

/** Fetches from where the repository is instead of from GitHub; else as the real one: `ref`, or the run's own commit. */
const checkoutStandIn = `name: checkout
inputs:
  ref: { default: "" }
  submodules: { default: "" }
  persist-credentials: { default: "" }
  ssh-key: { default: "" }
outputs:
  commit: { value: "\${{ steps.git.outputs.commit }}" }
runs:
  using: composite
  steps:
    - id: git
      shell: bash
      env:
        REF: \${{ inputs.ref }}
      run: |
        git init --quiet
        git remote add origin "$SOURCE_REPOSITORY"
        git fetch --quiet --tags origin
        git -c advice.detachedHead=false checkout --quiet "\${REF:-$GITHUB_SHA}"
        echo "commit=$(git rev-parse HEAD)" >> "$GITHUB_OUTPUT"
`;

/** Node is on PATH already. */
const setupStandIn = `name: setup-node
inputs:
  node-version-file: { default: "" }
  package-manager-cache: { default: "" }
runs: { using: composite, steps: [{ run: node --version, shell: bash }] }
`;

/** What each start of Node says, so that the log has the version that ran a step. */
const sayVersion = `process.stdout.write(['node', process.version, 'runs', process.argv[1]].join(' ') + '\\n');\n`;

/** act with everything it needs below the directory, and the Action and workflows of this clone. */
export async function openAct(directory: string, matrix: Matrix): Promise<Act> {
  const below = (name: string) => join(directory, name);
  for (const name of ['action/.github/workflows', 'checkout', 'setup-node', 'home', 'cache'])
    await mkdir(below(name), { recursive: true });
  await copyFile(join(root, 'action.yml'), below('action/action.yml'));
  await cp(await bundleDirectory(), below('action/dist'), { recursive: true });
  const workflows = join(root, '.github', 'workflows');
  const others = new Map<string, string>();
  for (const name of await readdir(workflows)) {
    const text = await readFile(join(workflows, name), 'utf8');
    await writeFile(below(`action/.github/workflows/${name}`), adaptForAct(text, matrix));
    for (const [, use = '', stand = ''] of text.matchAll(/uses: (actions\/(checkout|setup-node)@\w+)/g))
      others.set(use, stand);
  }
  await writeFile(below('checkout/action.yml'), checkoutStandIn);
  await writeFile(below('setup-node/action.yml'), setupStandIn);
  await writeFile(below('say-version.mjs'), sayVersion);
  const { version }: { readonly version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const local = [
    ...[`${ownAction}@v1`, `${ownAction}@v${version}`].map((use) => `${use}=${below('action')}`),
    ...[...others].map(([use, stand]) => `${use}=${below(stand)}`),
  ];
  let runs = 0;
  return {
    async run({ repository, workflow, event, payload, vars = {}, secrets = {}, env = {} }) {
      runs += 1;
      const [eventFile, secretFile] = [below(`event-${runs}.json`), below(`secrets-${runs}.env`)];
      await writeFile(eventFile, JSON.stringify(payload));
      const secretLines = Object.entries({ GITHUB_TOKEN: 'ghs_token_of_the_job', ...secrets });
      await writeFile(secretFile, secretLines.map(([name, value]) => `${name}='${value}'\n`).join(''));
      const words = [
        ...[event, '--json', '--workflows', workflow, '--eventpath', eventFile, '--secret-file', secretFile],
        ...['ubuntu-latest', 'ubuntu-24.04', 'ubuntu-24.04-arm'].flatMap((name) => [
          '--platform',
          `${name}=-self-hosted`,
        ]),
        ...local.flatMap((one) => ['--local-repository', one]),
        ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
        // act has its own values for these, whatever the environment says.
        ...Object.entries(env).flatMap(([name, value]) =>
          name.startsWith('GITHUB_') ? ['--env', `${name}=${value}`] : [],
        ),
        ...['--action-offline-mode', '--action-cache-path', below('cache'), '--no-cache-server', '--pull=false'],
        ...['--no-skip-checkout', '--actor', 'ann'],
      ];
      const { code, stdout, stderr } = await runProgram(join(actDirectory, 'act'), words, {
        cwd: repository,
        env: actEnvironment(directory, { SOURCE_REPOSITORY: repository, ...env }),
      });
      return readEnd(code, stdout, stderr);
    },
  };
}

/** Whoever asks for something beyond loopback asks a proxy that is not there. */
function actEnvironment(directory: string, extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const nowhere = 'http://127.0.0.1:9';
  return cleanEnvironment({
    HOME: join(directory, 'home'),
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}`,
    NODE_OPTIONS: `--import=${join(directory, 'say-version.mjs')}`,
    ...{ HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, NO_PROXY: '127.0.0.1', http_proxy: nowhere, https_proxy: nowhere },
    no_proxy: '127.0.0.1',
    ...extra,
  });
}

interface Line {
  readonly msg: string;
  readonly job?: string;
  readonly jobID?: string;
  readonly jobResult?: string;
  readonly stepID?: readonly string[];
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly raw_output?: boolean;
}

function readEnd(code: number, stdout: string, stderr: string): ActEnd {
  const lines = stdout.split('\n').flatMap((text): Line[] => (text.startsWith('{') ? [JSON.parse(text)] : []));
  const shown = lines.flatMap(({ raw_output, msg }) => (raw_output === true ? [msg.trimEnd()] : []));
  return {
    code,
    text: [...lines.map(({ job = '', msg }) => `${job}: ${msg.trimEnd()}`), stderr].join('\n'),
    jobs: new Map(lines.flatMap(({ jobID, jobResult }) => (jobID && jobResult ? [[jobID, jobResult]] : []))),
    nodes: shown.filter((line) => line.startsWith('node v')),
    shown,
    outputsOf: (step) =>
      Object.fromEntries(
        lines.flatMap(({ command, stepID, name = '', arg = '' }) =>
          command === 'set-output' && stepID?.includes(step) ? [[name, arg]] : [],
        ),
      ),
  };
}
