/** How an output looks: its palette, its width, and whether it can show more than ASCII. */
import type { Palette } from './colour.ts';

export interface Look {
  readonly palette: Palette;
  /** Width in columns; undefined when nobody limits it (a file, a pipe). */
  readonly columns: number | undefined;
  readonly unicode: boolean;
}
