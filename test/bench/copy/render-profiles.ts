/** Profiles as a person reads them. */
import { renderTable } from '../render-table.ts';
import type { MissProfile } from './profile-misses.ts';

/** One table for each case; nothing when there is none. */
export function renderProfiles(profiles: readonly MissProfile[]): string {
  return profiles
    .map(({ title, lines }) => {
      const rows = lines.map(({ percent, selfMs, where }) => [`${percent} %`, `${selfMs} ms`, where]);
      return `\nthe engine's time in itself: ${title}\n\n${renderTable([['share', 'self', ''], ...rows])}`;
    })
    .join('');
}
