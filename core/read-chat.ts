/** Reading what a comment asks for. */
import { InputError } from '../errors/errors.ts';
import { type Digest, isDigest } from '../oci/spec/digest.ts';
import { type ChatCommand, type ChatVerb, chatUsage, unsupportedChatVerbs } from './chat-command.ts';
import { type ArrangedWords, arrangeChatWords, changeFlags } from './chat-flags.ts';
import { firstOwnLine } from './chat-line.ts';
import { type QuotedText, splitChatWords } from './chat-words.ts';
import { nearestName } from './nearest-name.ts';
import { parseVersion } from './version.ts';

/** What a comment comes to. */
export type ChatReading =
  /** It is no command, or one of somebody else's; nothing is to be answered. */
  | { readonly kind: 'none' }
  | { readonly kind: 'command'; readonly command: ChatCommand }
  | { readonly kind: 'unsupported'; readonly verb: string }
  /** It is meant as a command, and is none. */
  | { readonly kind: 'fault'; readonly fault: string; readonly usage: string };

/** Longest line that is read: the longest reason with a backslash before each letter, and all the rest. */
const lineCharsMax = 5000;

/** Longest reason, as the API has it. */
const reasonCharsMax = 2000;

/** What the comment asks for. Its first line that is neither code nor quoted is read, and none behind it. Never throws. */
export function readChat(comment: string): ChatReading {
  const line = firstOwnLine(comment) ?? '';
  const [whole = '', written = ''] = /^\/([A-Za-z][A-Za-z-]*)(?=\s|$)/.exec(line) ?? [];
  if (whole === '') return { kind: 'none' };
  const name = written.toLowerCase();
  const verb = verbs.find((one) => one === name);
  if (verb === undefined) {
    if (unsupportedChatVerbs.includes(name)) return { kind: 'unsupported', verb: name };
    const meant = nearestName(name, verbs);
    if (meant === undefined) return { kind: 'none' };
    return {
      kind: 'fault',
      fault: `there is no /${name}; did you mean /${meant}?`,
      usage: verbs.map(usageOf).join('\n'),
    };
  }
  const read =
    line.length > lineCharsMax
      ? { fault: `longer than ${lineCharsMax} characters` }
      : parseLine(verb, line.slice(whole.length));
  return 'fault' in read
    ? { kind: 'fault', fault: read.fault, usage: usageOf(verb) }
    : { kind: 'command', command: read };
}

const verbs: readonly ChatVerb[] = ['promote', 'rollback', 'status', 'help'];

function usageOf(verb: ChatVerb): string {
  return chatUsage[verb];
}

interface Fault {
  readonly fault: string;
}

function parseLine(verb: ChatVerb, rest: string): ChatCommand | Fault {
  if (verb === 'help') return { verb };
  const words = splitChatWords(rest);
  if ('fault' in words) return words;
  const arranged = arrangeChatWords(words, verb === 'status' ? [] : changeFlags);
  if ('fault' in arranged) return arranged;
  switch (verb) {
    case 'promote':
      return parsePromote(arranged);
    case 'rollback':
      return parseRollback(arranged);
    case 'status':
      return parseStatus(arranged);
  }
}

function parsePromote({ words, dryRun, reason }: ArrangedWords): ChatCommand | Fault {
  const [app, ...rest] = words;
  const at = isTo(rest[0]) ? 0 : 1;
  const environment = rest[at + 1];
  if (app === undefined) return { fault: 'name the app' };
  if (!isTo(rest[at]) || environment === undefined) {
    return { fault: 'write “to” and the environment behind it: none is assumed' };
  }
  const release = at === 0 ? { version: undefined, digest: undefined } : readRelease(rest[0]?.text ?? '');
  if ('fault' in release) return release;
  const fault =
    nameFault(app, 'app') ??
    nameFault(environment, 'environment') ??
    reasonFault(reason) ??
    surplusFault(rest[at + 2], 'a reason stands behind --reason');
  if (fault !== undefined) return { fault };
  return { verb: 'promote', app: app.text, ...release, environment: environment.text, dryRun, reason };
}

function parseRollback({ words, dryRun, reason: flagged }: ArrangedWords): ChatCommand | Fault {
  const [app, environment, ...rest] = words;
  if (app === undefined) return { fault: 'name the app' };
  if (environment === undefined || isTo(environment)) return { fault: 'name the environment: none is assumed' };
  const hasTarget = isTo(rest[0]);
  const target = hasTarget ? readTarget(rest[1]?.text) : undefined;
  if (typeof target === 'object') return target;
  const spoken = rest.slice(hasTarget ? 2 : 0);
  if (flagged !== undefined && spoken.length > 0) {
    return { fault: `the reason is said twice: behind --reason, and as ${shown(spoken[0]?.text ?? '')} …` };
  }
  const reason =
    flagged ??
    spoken
      .map(({ text }) => text)
      .join(' ')
      .trim();
  if (reason === '') return { fault: 'say why, in a few words at the end' };
  const fault = nameFault(app, 'app') ?? nameFault(environment, 'environment') ?? reasonFault(reason);
  if (fault !== undefined) return { fault };
  return { verb: 'rollback', app: app.text, environment: environment.text, to: target, dryRun, reason };
}

function parseStatus({ words: [app, surplus] }: ArrangedWords): ChatCommand | Fault {
  const fault =
    (app === undefined ? undefined : nameFault(app, 'app')) ?? surplusFault(surplus, 'write one app, or none');
  return fault === undefined ? { verb: 'status', app: app?.text } : { fault };
}

function isTo(word: QuotedText | undefined): boolean {
  return word !== undefined && !word.quoted && word.text.toLowerCase() === 'to';
}

type Release = { readonly version: string | undefined; readonly digest: Digest | undefined } | Fault;

function readRelease(text: string): Release {
  if (isDigest(text)) return { version: undefined, digest: text };
  if (/^sha\d+:/.test(text)) return { fault: `not a whole digest: ${shown(text)}` };
  const version = readVersion(text);
  if (version !== undefined) return { version, digest: undefined };
  return {
    fault: `not a version or digest: ${shown(text)}; write one such as 1.2.3, or none for what is current before`,
  };
}

function readTarget(text: string | undefined): string | Fault {
  if (text === undefined) return { fault: 'write a version, a history number such as r12, or a digest behind “to”' };
  if (isDigest(text)) return text;
  const [number] = /^r\d{1,9}$/i.exec(text) ?? [];
  const target = number?.toLowerCase() ?? readVersion(text);
  // Taken for a part of the reason, a mistyped version would lead to another release than was meant.
  return (
    target ?? {
      fault: `not a version, history number or digest: ${shown(text)}; a reason that begins with “to” stands in quotes`,
    }
  );
}

function readVersion(text: string): string | undefined {
  try {
    return parseVersion(text).text;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Forms that names have at least; whether there is such an app or environment the service knows. */
const nameGrammars = {
  app: /^[a-z0-9][a-z0-9._/-]{0,199}$/,
  environment: /^[a-z][a-z0-9-]{0,63}$/,
} as const;

function nameFault({ text }: QuotedText, what: keyof typeof nameGrammars): string | undefined {
  if (nameGrammars[what].test(text)) return undefined;
  const lower = text.toLowerCase();
  const meant = lower !== text && nameGrammars[what].test(lower) ? `; did you mean ${lower}?` : '';
  return `not the name of an ${what}: ${shown(text)}${meant}`;
}

function reasonFault(reason: string | undefined): string | undefined {
  return (reason ?? '').length > reasonCharsMax ? `the reason is longer than ${reasonCharsMax} characters` : undefined;
}

function surplusFault(word: QuotedText | undefined, wayOut: string): string | undefined {
  return word === undefined ? undefined : `${shown(word.text)} is one word too many; ${wayOut}`;
}

/** Characters of a wrong word that are repeated. */
const shownCharsMax = 80;

function shown(text: string): string {
  return JSON.stringify(text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text);
}
