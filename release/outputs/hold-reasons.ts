/** Why a floating tag stays where it is, in words. */
import type { RungHold } from '../../core/ladder.ts';

/** By reason, as what follows "held at 2.0.1:". */
export const holdReasons: Readonly<Record<RungHold['reason'], string>> = {
  'higher-exists': 'a higher version is there',
  'on-hold': 'a hold keeps it there',
  yanked: 'this version is yanked',
  'out-of-range': 'this version is not in the range that may take it',
};
