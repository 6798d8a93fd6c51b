/** Tags of a repository as text: tag, digest, kind of manifest. */
import { isIndexType } from '../../oci/spec/media-type.ts';
import { lineOf } from './line.ts';
import type { Look } from './look.ts';
import { renderTable } from './table.ts';
import { printable } from './width.ts';

/** One tag and the manifest it points at. */
export interface ListedTag {
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Of the manifest, not of what it lists. */
  readonly sizeBytes: number;
}

/** One line for each tag, digests whole: they are what one copies from here. Ends with a line break. */
export function renderTags(tags: readonly ListedTag[], look: Look): string {
  const { palette } = look;
  const rows = tags.map((tag) => [
    lineOf(printable(tag.tag), palette.bold),
    lineOf(tag.digest, palette.dim),
    lineOf(isIndexType(tag.mediaType) ? 'index' : 'manifest', palette.dim),
  ]);
  return renderTable(rows, { ...look, columns: undefined });
}
