/** A runner in memory: what a step wrote to it can be looked at. */
import type { Annotation } from '../../action/annotations.ts';
import type { Runner } from '../../action/runner.ts';
import { openMasks } from '../../release/access/masks.ts';
import type { Environment } from '../../release/surroundings/environment.ts';

export interface MemoryRunner extends Runner {
  readonly outputs: ReadonlyMap<string, string>;
  readonly states: ReadonlyMap<string, string>;
  readonly masked: readonly string[];
  readonly lines: readonly string[];
  readonly annotations: readonly Annotation[];
  readonly summary: () => string;
}

export interface MemoryRunnerInit {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly states?: Readonly<Record<string, string>>;
  readonly env?: Environment;
  readonly temporary?: string;
  readonly now?: () => number;
  readonly idToken?: (audience: string) => Promise<string>;
}

/** A runner of which nothing is asked yet. */
export function openMemoryRunner(init: MemoryRunnerInit = {}): MemoryRunner {
  const { inputs = {}, env = {} } = init;
  const outputs = new Map<string, string>();
  const states = new Map(Object.entries(init.states ?? {}));
  const masked: string[] = [];
  const lines: string[] = [];
  const annotations: Annotation[] = [];
  const masks = openMasks((form) => masked.push(form));
  let summary = '';
  let ids = 0;
  const say = (text: string) => void lines.push(...masks.hide(text).split('\n'));
  return {
    env,
    cwd: '/workspace',
    temporary: init.temporary ?? '/nowhere',
    signal: new AbortController().signal,
    now: init.now ?? (() => Date.now()),
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    input: (name) => inputs[name] ?? '',
    output: (name, value) => void outputs.set(name, value),
    state: (name) => states.get(name) ?? '',
    saveState: (name, value) => void states.set(name, value),
    mask: (secret) => masks.add(secret),
    hide: (text) => masks.hide(text),
    say,
    whisper: say,
    annotate: (annotation) => void annotations.push({ ...annotation, message: masks.hide(annotation.message) }),
    openGroup: (title) => {
      say(`> ${title}`);
      return { write: (line) => say(`  ${line}`), close: () => say('<') };
    },
    summarize: async (markdown) => {
      summary += masks.hide(markdown);
    },
    idToken: init.idToken ?? (async (audience) => `token-for-${audience}`),
    outputs,
    states,
    masked,
    lines,
    annotations,
    summary: () => summary,
  };
}
