/** `registry rotate-keys`: a new key for the tokens that the registry gives to whoever signs in. */
import { rotatedKeySchema } from '../../api/registry/token-keys.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from './registry-connection.ts';

export interface RotateKeysFlags extends RegistryConnectionFlags {
  /** Whether tokens that were signed before end now rather than by themselves. */
  readonly atOnce: boolean;
  readonly json: boolean;
}

/** Prints the name of the new key. */
export async function rotateKeys(shell: Shell, flags: RotateKeysFlags): Promise<ExitCode> {
  const registry = await openRegistryConnection(shell, flags);
  try {
    const rotated = await registry.request({
      ...{ method: 'POST', path: '/admin/v1/token-keys', body: { atOnce: flags.atOnce } },
      ...{ schema: rotatedKeySchema, signal: shell.signal },
    });
    if (flags.json) {
      writeJson(shell, { ...rotated, atOnce: flags.atOnce });
    } else {
      const others = flags.atOnce ? 'every token from before has ended' : 'tokens from before end by themselves';
      shell.stdout.write(`tokens are signed with the key ${rotated.keyId}; ${others}\n`);
    }
    return exitCodes.done;
  } finally {
    await registry.close();
  }
}
