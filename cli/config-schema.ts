/** `config schema`: the JSON Schema of the configuration file, for editors. */
import { configJsonSchema } from '../api/config.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

/** Prints the schema. */
export function configSchema(shell: Shell): ExitCode {
  writeJson(shell, configJsonSchema());
  return exitCodes.done;
}
