/** kill -9 of the embedded registry's process in the midst of a copy from it, and to it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openAccessFile } from '../../registry/access/access-file.ts';
import { pickSteadyPort } from '../steady-port.ts';
import { expectCopiedAcross, expectNothingLeft, type KillableRegistry, killings } from './killed-half-way.ts';
import { mustStartRegistry, type RegistryProcess } from './registry-process.ts';
import { temporaryDirectory } from './registry-under-test.ts';

let directory: string;
let running: RegistryProcess;
let registry: KillableRegistry;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const access = await openAccessFile(join(directory, 'access.json'));
  const { secret } = await access.createToken({ name: 'ci', role: 'admin' }, Date.now());
  const port = await pickSteadyPort();
  const environment = { REGISTRY_ACTION_REGISTRY_PORT: String(port) };
  running = await mustStartRegistry({ directory, environment });
  registry = {
    client: { url: `http://127.0.0.1:${port}`, credentials: async () => ({ username: 'x', password: secret }) },
    kill: () => running.kill(),
    async start() {
      running = await mustStartRegistry({ directory, environment });
    },
  };
});

afterAll(async () => {
  await running?.kill();
  await rm(directory, { recursive: true });
});

describe('a copy', () => {
  it.each(killings)('whose %s is killed when %s goes on when it is back', (side, moment) =>
    expectCopiedAcross(registry, side, moment),
  );

  it.each(['source', 'target'] as const)('whose %s stays away ends in a clear error with no tag', (side) =>
    expectNothingLeft(registry, side),
  );
});
