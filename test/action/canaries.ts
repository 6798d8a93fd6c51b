/** Secrets that sing when they get out: where they are looked for, and in which forms. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A secret by the name of the place where it was planted. */
export type Canaries = Readonly<Record<string, string>>;

/** One that was found. */
export interface Escape {
  readonly canary: string;
  readonly form: string;
  /** What it was found in. */
  readonly where: string;
}

/** Shortest form that is looked for, in characters; a shorter one would be found by chance. */
const formCharsMin = 8;

/** How a secret is written by those who pass it on. */
export function formsOf(secret: string): Readonly<Record<string, readonly string[]>> {
  const lines = secret.split('\n').filter((line) => line.length >= formCharsMin);
  return {
    plain: [secret, ...lines],
    'URL-encoded': [secret, ...lines].map((text) => encodeURIComponent(text)),
    'JSON-escaped': [secret, ...lines].map((text) => JSON.stringify(text).slice(1, -1)),
    'base64 at 0': lines.map((line) => base64At(line, 0)),
    'base64 at 1': lines.map((line) => base64At(line, 1)),
    'base64 at 2': lines.map((line) => base64At(line, 2)),
  };
}

/** The digits that the secret gives when so many bytes stand before it, without those that neighbours share. */
function base64At(text: string, shift: number): string {
  const bytes = Buffer.from(text);
  const digits = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  return digits.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}

/** Every canary that is in one of the texts, in whatever form; `base64url` counts as base64. */
export function findEscapes(canaries: Canaries, texts: Readonly<Record<string, string>>): readonly Escape[] {
  return Object.entries(texts).flatMap(([where, text]) => {
    const read = `${text}\n${text.replaceAll('-', '+').replaceAll('_', '/')}`;
    return Object.entries(canaries).flatMap(([canary, secret]) =>
      Object.entries(formsOf(secret))
        .filter(([, forms]) => forms.some((form) => form.length >= formCharsMin && read.includes(form)))
        .map(([form]) => ({ canary, form, where })),
    );
  });
}

/** What the process list shows while something runs. */
export interface ProcessWatch {
  /** Command lines that were seen, one a line. */
  stop(): Promise<string>;
}

/** Time between two looks at the process list, in milliseconds. */
const lookEveryMs = 5;

/** Looks at every process of this machine until it is stopped. */
export function watchProcesses(): ProcessWatch {
  const seen = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const line of commandLines()) seen.add(line);
      await pause(lookEveryMs);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await watching;
      return [...seen].join('\n');
    },
  };
}

function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return []; // it has ended
      }
    });
}

/** A log without the lines that tell the runner what to mask: those are read by nobody else. */
export function withoutMasks(stdout: string): string {
  return stdout
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n');
}
