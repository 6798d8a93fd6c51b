/** The command that a tag write carries out, for the history that our registry keeps of its tags. */

const commandHeader = 'registry-action-command';

/** The header for a command's id, `{}` for none and for one that no header can hold: it is told, and nothing depends on it. */
export function commandHeaders(command: string | undefined): Readonly<Record<string, string>> {
  return command !== undefined && /^[\x21-\x7e]{1,128}$/.test(command) ? { [commandHeader]: command } : {};
}
