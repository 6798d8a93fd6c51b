/** What tells more of misses, as a person reads it. */
import { renderTable } from '../render-table.ts';
import type { MissEvidence } from './explain-misses.ts';

/** One table each; nothing when there is none. */
export function renderEvidence(evidence: readonly MissEvidence[]): string {
  return evidence.map(({ title, rows }) => `\n${title}\n\n${renderTable(rows)}`).join('');
}
