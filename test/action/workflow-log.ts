/** The log of a step as a runner reads it: which lines are commands that it obeys, and which it only shows. */

export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface WorkflowLog {
  readonly commands: readonly WorkflowCommand[];
  /** Lines that are shown; those of commands are not among them. */
  readonly shown: readonly string[];
}

/**
 * The log as the runner of GitHub reads it: `::name key=value::text` at the beginning of a line, after any space, and
 * `##[name key=value;]text` anywhere; from `stop-commands` on nothing until the token comes.
 */
export function readWorkflowLog(stdout: string): WorkflowLog {
  const commands: WorkflowCommand[] = [];
  const shown: string[] = [];
  let stopToken: string | undefined;
  for (const line of stdout.split(/\r?\n/)) {
    const command = parseCommand(line);
    if (stopToken !== undefined) {
      if (command?.name === stopToken) stopToken = undefined;
      else shown.push(line);
    } else if (command === undefined) shown.push(line);
    else if (command.name === 'stop-commands') stopToken = command.value;
    else commands.push(command);
  }
  return { commands, shown };
}

function parseCommand(line: string): WorkflowCommand | undefined {
  const [, name, words = '', value = ''] =
    /^\s*::([^\s:]+)(?: ([\s\S]*?))?::([\s\S]*)$/.exec(line) ??
    /##\[([^\s\]]+)(?: ([^\]]*))?\]([\s\S]*)$/.exec(line) ??
    [];
  if (name === undefined) return undefined;
  const properties = words.split(/[,;]/).flatMap((word) => {
    const [, key, text] = /^\s*([^=]+)=([\s\S]*)$/.exec(word) ?? [];
    return key === undefined ? [] : [[key, unescapeText(text ?? '')]];
  });
  return { name, properties: Object.fromEntries(properties), value: unescapeText(value) };
}

function unescapeText(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}

/** What a file of `name<<delimiter` records says; the last record of a name counts. */
export function readFileCommands(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const [, name, delimiter] = /^([^=<]+)<<(.+)$/.exec(lines[at] ?? '') ?? [];
    if (name === undefined) {
      if (lines[at] !== '') throw new Error(`neither a record nor empty: line ${at + 1}`);
      continue;
    }
    const end = lines.indexOf(delimiter ?? '', at + 1);
    if (end === -1) throw new Error(`the record of ${name} has no end`);
    values.set(name, lines.slice(at + 1, end).join('\n'));
    at = end;
  }
  return values;
}
