/** The specification's own test of registries, run against the embedded registry as a process of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import { openAccessFile } from '../../registry/access/access-file.ts';
import type { RegistrySettings } from '../../registry/registry-settings.ts';
import { conformanceToolPath } from '../../scripts/tool-plan.mjs';
import { mustStartRegistry, type RegistryProcess } from '../registry/registry-process.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { type Ended, runProgram } from './run-program.ts';

const [toolDirectory = ''] = conformanceToolPath(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * Rows that a version may leave out. Sparse manifests are indexes whose images are elsewhere: we ask for all of them.
 * The others are of the version to come.
 */
const versions = [
  {
    version: '1.1',
    testsMin: 850,
    disabled: [
      'Blob upload cancel',
      'Manifest put with tag params',
      'Sparse Manifests',
      'Tag Param',
      'Tag Param sha512',
    ],
  },
  { version: 'dev', testsMin: 980, disabled: ['Sparse Manifests'] },
];

/** Ways to be asked to sign in, and the settings by which the registry asks so. */
const challenges: Readonly<Record<'Basic' | 'Bearer', Partial<RegistrySettings>>> = {
  Basic: {},
  Bearer: {
    rules: [
      {
        ...{ number: 1, who: { kind: 'anonymous' }, may: ['pull'], in: [], apps: undefined },
        repositories: [parseRepositoryPattern('open/**')],
      },
    ],
  },
};
const runs = (['Basic', 'Bearer'] as const).flatMap((challenge) => versions.map((each) => ({ ...each, challenge })));

let directory: string;
let registry: RegistryProcess;
let token: string;

async function open(challenge: 'Basic' | 'Bearer'): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'conformance-'));
  const access = await openAccessFile(join(directory, 'access.json'));
  token = (await access.createToken({ name: 'conformance', role: 'admin' }, Date.now())).secret;
  const settingsFile = join(directory, 'settings.json');
  await writeFile(settingsFile, JSON.stringify(challenges[challenge]));
  registry = await mustStartRegistry({ directory, environment: { REGISTRY_ACTION_REGISTRY_SETTINGS: settingsFile } });
}

async function close(): Promise<void> {
  await registry?.stop();
  await rm(directory, { recursive: true, force: true });
}

interface Results {
  readonly ended: Ended;
  /** Status of each row: what the registry can do, and what it can store. */
  readonly rows: Readonly<Record<string, string>>;
  /** Number of tests by what became of them. */
  readonly counts: Readonly<Record<string, number>>;
}

async function runSuite(version: string): Promise<Results> {
  const results = join(directory, `results-${version}`);
  const ended = await runProgram(join(toolDirectory, 'conformance'), [], {
    cwd: directory,
    env: cleanEnvironment({
      OCI_REGISTRY: `127.0.0.1:${registry.port}`,
      OCI_TLS: 'disabled',
      OCI_REPO1: `conformance-${version}/repo1`,
      OCI_REPO2: `conformance-${version}/repo2`,
      OCI_USERNAME: 'conformance',
      OCI_PASSWORD: token,
      OCI_VERSION: version,
      OCI_RESULTS_DIR: results,
    }),
  });
  const { apis, data } = parse(await readFile(join(results, 'results.yaml'), 'utf8'));
  const report = await readFile(join(results, 'junit.xml'), 'utf8');
  return { ended, rows: { ...apis, ...data }, counts: countsIn(report) };
}

/** The counts that the report's suite begins with. */
function countsIn(report: string): Readonly<Record<string, number>> {
  const [, attributes = ''] = /<testsuite ([^>]*)>/.exec(report) ?? [];
  const counts = [...attributes.matchAll(/\b(tests|failures|errors|skipped)="(\d+)"/g)];
  return { skipped: 0, ...Object.fromEntries(counts.map(([, name, count]) => [name, Number(count)])) };
}

describe.each(runs)('distribution-spec $version, asked by $challenge', ({ version, testsMin, disabled, challenge }) => {
  let results: Results;

  beforeAll(async () => {
    await open(challenge);
    results = await runSuite(version);
  });

  afterAll(close);

  test('begins with that challenge', async () => {
    const { headers } = await fetch(`http://127.0.0.1:${registry.port}/v2/`);
    expect(headers.get('www-authenticate')).toMatch(new RegExp(`^${challenge} realm=`));
  });

  test('is passed, with nothing failed and nothing skipped', () => {
    expect(results.counts, results.ended.stdout).toMatchObject({ failures: 0, errors: 0, skipped: 0 });
    expect(results.counts['tests']).toBeGreaterThanOrEqual(testsMin);
    expect(results.ended.code).toBe(0);
  });

  test('is passed in every row but those that may be left out', () => {
    const others = Object.entries(results.rows).filter(([, status]) => status !== 'Pass');
    expect(Object.fromEntries(others)).toEqual(Object.fromEntries(disabled.map((row) => [row, 'Disabled'])));
    expect(Object.keys(results.rows).length).toBeGreaterThan(50);
  });
});
