/** Tidying up behind a build. */
import type { BuildParts } from '../builder.ts';

/** Leaves it to whoever takes it for later; resolves at its end when nobody does. */
export async function tidyLater(tidying: Promise<void>, { later }: Pick<BuildParts, 'later'>): Promise<void> {
  if (later === undefined) await tidying;
  else later(tidying);
}
