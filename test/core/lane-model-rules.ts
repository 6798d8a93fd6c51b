/** The rules that the model can be searched without, each with what upholds it in the code. */
export const modelRules = {
  'retire-under-token': 'retire evaluates the token (rules 1 and 8)',
  'intent-per-attempt': 'each attempt to write a tag has an intent of its own (7)',
  'sweeper-only-rings': 'the sweeper writes to no registry (12)',
  'sweeper-decides': 'the sweeper rings whenever decide finds something to do (12)',
  'rollback-removes-waiting': 'accepting a rollback supersedes what waits (3)',
  'joining-removes-waiting': 'a rollback that joins another one supersedes what waits behind it (3)',
  'stay-writes-entry': 'staying writes an entry (3, 6)',
  'numbers-reserved': 'numbers are reserved (6)',
  'run-id-in-token': 'the run id of Redis is part of every token (1)',
  'import-supersedes': 'import supersedes promotions of older runs when the registry is ahead of the ledger (5a)',
  'import-supersedes-all':
    'import supersedes whatever older runs accepted when the registry has a number that Redis never gave out (5a)',
  'import-opens-intents': 'import opens an intent for every digest of the history (5a)',
  'import-settles': 'import settles with an entry of its own (5a)',
  'settlement-per-digest': 'a settlement on another digest has a number of its own (6)',
  'completion-knows-command': 'an entry of a command whose number Redis has lost is completed as that command (5a)',
  'import-heeds-adoption': 'an adoption that an import finds supersedes whatever older runs accepted (5a, 5b)',
  'direct-opens-intent': 'a direct entry opens an intent (5b)',
  'list-after-flip': 'the history is listed again after the flip (9)',
  'late-write-repaired': 'a tag on the digest of an open intent is repaired (5c)',
  'half-written-repaired': 'a tag on the digest of an entry that was never committed is repaired',
  'failure-settled': 'an entry with a receipt that was never committed is settled over',
  'commit-under-token': 'commit evaluates the token (1, 11)',
  'commit-asserts-head': 'commit asserts that the first command is the one that it commits (11)',
  'rollback-fences': 'accepting a rollback sets a new token (3)',
} as const;

export type ModelRule = keyof typeof modelRules;

/** What the code does though the model breaks nothing without it; each can be switched off as well. */
export type ModelHabit = 'own-flip-runs-again' | 'write-never-skipped';
