/** Each registry as it is compared: on an empty directory of its own, with its defaults where they do not decide. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAccessFile } from '../../../registry/access/access-file.ts';
import type { Keeper } from '../copy/open-keeper.ts';
import { contestEnvironment } from '../copy/tool-versions.ts';
import type { Contest, ContestantName } from './contestant.ts';
import { openServer, type Server, type ServerCommand, serverHost } from './open-server.ts';

const ourEntry = fileURLToPath(new URL('../../../registry/main.ts', import.meta.url));

/** The registry, listening, with its content in the directory. */
export function openContestant(
  name: ContestantName,
  contest: Pick<Contest, 'registryProgram' | 'toolPath'>,
  keeper: Keeper,
  directory: string,
): Promise<Server> {
  return openServer(keeper, async (port) => {
    await mkdir(directory, { recursive: true });
    switch (name) {
      case 'ours':
        return ourCommand(directory, port);
      case 'distribution':
        return distributionCommand(contest, directory, port);
      case 'zot':
        return zotCommand(contest, directory, port, false);
      case 'zot-commit':
        return zotCommand(contest, directory, port, true);
    }
  });
}

/** As the service starts it: one process, a token signs in. */
async function ourCommand(directory: string, port: number): Promise<ServerCommand> {
  const access = await openAccessFile(join(directory, 'access.json'));
  const { secret } = await access.createToken({ name: 'bench', role: 'admin' }, Date.now());
  const authorization = `Basic ${Buffer.from(`bench:${secret}`).toString('base64')}`;
  const env = contestEnvironment(
    { toolPath: [] },
    { REGISTRY_ACTION_DATA: directory, REGISTRY_ACTION_HOST: serverHost, REGISTRY_ACTION_REGISTRY_PORT: String(port) },
  );
  return { words: [process.execPath, ourEntry], env, headers: { authorization } };
}

/** Without its log of requests: ours writes none either. */
async function distributionCommand(
  contest: Pick<Contest, 'registryProgram' | 'toolPath'>,
  directory: string,
  port: number,
): Promise<ServerCommand> {
  const config = join(directory, 'config.yml');
  const text = [
    'version: 0.1',
    'log: { level: error, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(directory, 'storage'))} }, delete: { enabled: true } }`,
    `http: { addr: "${serverHost}:${port}" }`,
    '',
  ].join('\n');
  await writeFile(config, text);
  const env = contestEnvironment(contest, { OTEL_TRACES_EXPORTER: 'none' });
  return { words: [contest.registryProgram, 'serve', config], env };
}

/** Without its collection of garbage, which would begin in the middle of somebody's window. */
async function zotCommand(
  contest: Pick<Contest, 'toolPath'>,
  directory: string,
  port: number,
  commit: boolean,
): Promise<ServerCommand> {
  const config = join(directory, 'config.json');
  const settings = {
    distSpecVersion: '1.1.1',
    storage: { rootDirectory: join(directory, 'storage'), gc: false, commit },
    http: { address: serverHost, port: String(port) },
    log: { level: 'error' },
  };
  await writeFile(config, JSON.stringify(settings));
  return { words: ['zot', 'serve', config], env: contestEnvironment(contest) };
}
