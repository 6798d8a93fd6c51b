/** A summary within GitHub's limits. */

/**
 * Longest summary of a step, in bytes. The runner refuses more than 1 MiB and shows all steps of a job on one page;
 * comments, which tell the same, have no more than 65,536 characters. It is more than anybody reads.
 */
export const summaryBytesMax = 60 * 1024;

/** Longest text of somebody else's in a summary, in characters: a message of an error, a warning of a builder. */
const quoteCharsMax = 600;

/** Entries of a list that fit at first; halved until the whole fits. */
const entriesMax = 200;

/** What is rendered with lists cut to so many entries. */
export type Render = (take: Take) => string;

/** The first entries, and how many are left out. */
export type Take = <Entry>(entries: readonly Entry[]) => { readonly first: readonly Entry[]; readonly left: number };

/** The longest rendering that is short enough; with lists that say how much of them is left out. */
export function boundedSummary(render: Render, bytesMax = summaryBytesMax): string {
  for (let most = entriesMax; ; most = Math.floor(most / 2)) {
    const text = render((entries) => ({
      first: entries.slice(0, most),
      left: Math.max(0, entries.length - most),
    }));
    if (Buffer.byteLength(text) <= bytesMax) return text;
    if (most === 0) return 'The summary is too long to be shown; the output `metadata` has all of it.\n';
  }
}

/** The text cut to what a summary can bear. */
export function quoted(text: string): string {
  return text.length <= quoteCharsMax ? text : `${text.slice(0, quoteCharsMax)}…`;
}
