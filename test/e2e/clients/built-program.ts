/** Where the clients are that are built from source in a pinned version. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientToolPath, clientTools } from '../../../scripts/tool-plan.mjs';

const directories = clientToolPath(fileURLToPath(new URL('../../..', import.meta.url)));

/** The path of one by its name. */
export function builtProgram(name: 'crane' | 'regctl' | 'oras'): string {
  const directory = directories[clientTools.findIndex((tool) => tool.name === name)];
  if (directory === undefined) throw new Error(`no such client: ${name}`);
  return join(directory, name);
}
