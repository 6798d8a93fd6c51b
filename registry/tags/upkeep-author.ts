/** Who changes tags without a request: what an operator has set up, such as a retention rule or an import. */
import type { TagMoveWay } from '../../core/tag-move.ts';
import type { TagAuthor } from '../storage.ts';

export interface UpkeepInit {
  /** Name of the rule, or of what was started by whom. */
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly how: Extract<TagMoveWay, 'retention' | 'import'>;
  readonly reason?: string;
}

/** An author whom no rule about tags stops: whoever wrote what it carries out has decided that. */
export function upkeepAuthor(init: UpkeepInit): TagAuthor {
  return { ...init, judge: () => ({ allowed: true, overridden: [] }) };
}
