/** The data of the tidy test: what is long, badly named or badly worded, and what to write instead. */

export const linesMax = 400;
export const testLinesMax = 600;

/** Names that say nothing: a file or folder is named after the one concept in it. */
export const bannedNames = [
  ...['base', 'common', 'constants', 'helper', 'helpers', 'index', 'lib', 'manager', 'misc', 'shared', 'type'],
  ...['types', 'util', 'utils'],
];

/** Verbs that hide what a function does, and verbs that tell. */
export const bannedVerbs: Readonly<Record<string, string>> = {
  check: 'evaluate (returns a decision) or assert (throws)',
  do: 'the verb of what is done',
  execute: 'apply or run',
  get: 'read, fetch, resolve or list; nothing when it cannot fail or wait',
  manage: 'the verb of what is done',
  perform: 'apply or run',
  process: 'parse, plan or apply',
};

/** Names that fit every value, and so none. */
export const bannedVariables = ['data', 'info', 'item', 'obj', 'tmp'];

/** Words that the vocabulary has another word for, or that have no business here. */
export const bannedWords: readonly { readonly pattern: RegExp; readonly say: string }[] = [
  { pattern: /\/work\/|\/root\/|\/tmp\/team|\/home\/[a-z]/, say: 'a path from the root of the repository' },
  {
    pattern: /\bhouse[- ]style|contracts\.md|\bdesign\.md|\bthe brief\b/i,
    say: 'a page of this repository',
  },
  {
    pattern: /\b(sub-?agents?|LLMs?|ChatGPT|Claude|Copilot|language model|AI-(generated|assisted))\b/i,
    say: 'nothing',
  },
  { pattern: /\bwhitelist/i, say: 'allow list' },
  { pattern: /\bblack-?list/i, say: 'deny list' },
  { pattern: /\bblack-?outs?\b/i, say: 'freeze' },
  { pattern: /\bsign-?offs?\b/i, say: 'approval' },
  { pattern: /\bfqin\b/i, say: 'reference' },
  { pattern: /\bcross-?cop(y|ies)\b/i, say: 'mount' },
  { pattern: /\bcheck-?sums?\b/i, say: 'digest' },
  { pattern: /\bbak(e|ing) time\b/i, say: 'soak' },
  { pattern: /\butili[sz]e/i, say: 'use' },
];

/** Error codes that the catalogue has and no source raises yet, and what will. */
export const reservedCodes: Readonly<Record<string, string>> = {};

/** Files that read the clock themselves, and why; all others are given `now`. */
export const clockFiles: Readonly<Record<string, string>> = {
  'oci/client/wire/timing.ts': 'the default that tests replace',
  'registry/access/access-file.ts': 'the default that tests replace',
};

/** What marks a file as protocol code, which cites the heading it implements. */
export const protocolMarks =
  /\/v2\/|\/blobs\/|\/manifests\/|\/tags\/list|docker-content-digest|content-range|www-authenticate|oci-subject/i;

/** Folders whose every exported symbol says what it is. */
export const documentedFolders = ['oci/', 'core/', 'promotion/'];

/** The headings of a decision record, in this order. */
export const recordHeadings = ['Context', 'Decision', 'Consequences', 'What would change our mind'];
