/**
 * A release as a script makes it: what is there is listed, content is pushed, then the exact tag and the rungs that the
 * list grants. The rules of the ladder are the right ones; what it believes of registries is what first comes to mind.
 */
import { planLadder } from '../../../core/ladder.ts';
import { parseLadderPolicy } from '../../../core/ladder-policy.ts';
import { parseVersion } from '../../../core/version.ts';
import type { Timing } from '../../../oci/client/wire/timing.ts';
import { isManifestType } from '../../../oci/spec/media-type.ts';
import { openNaiveClient } from '../../oci/quirks/naive-client.ts';
import { sourceOf } from '../../oci/quirks/quirk.ts';
import type { TestImage } from '../release-world.ts';

/** Where several ways are straightforward; the first of each is taken unless another is chosen. */
export interface NaiveReleaseChoices {
  /** Pages until there is no link to another; the first page alone; pages by the last tag of the one before. */
  readonly list?: 'by link' | 'first page' | 'by last tag';
  /** Asks first whether the version is there, and what it is. */
  readonly looks?: true;
}

export interface NaiveReleaseInit {
  readonly urls: readonly string[];
  readonly repository: string;
  readonly image: TestImage;
  readonly version: string;
  readonly timing: Timing;
  readonly choices: NaiveReleaseChoices;
}

/** Releases to one registry after the other. */
export async function releaseNaively(init: NaiveReleaseInit): Promise<void> {
  for (const url of init.urls) await releaseTo(url, init);
}

async function releaseTo(url: string, init: NaiveReleaseInit): Promise<void> {
  const { repository, image, version, timing, choices } = init;
  const target = openNaiveClient({ url, now: timing.now }).repository(repository);
  const root = image.contents.at(-1);
  if (root === undefined) throw new Error('an image has a root');
  if (choices.looks && (await isPublished(url, repository, version, root.descriptor.digest))) return;
  for (const content of image.contents.slice(0, -1)) {
    if (isManifestType(content.descriptor.mediaType)) await target.pushManifest(content);
    else if (!(await target.hasBlob(content.descriptor)))
      await target.pushBlob(content.descriptor, sourceOf(content.bytes));
  }
  await target.pushTag(version, root);
  const existingTags = await listNaively(target.listTags(), new URL(`/v2/${repository}/tags/list`, url), choices);
  const policy = parseLadderPolicy({});
  for (const { tag } of planLadder({ version: parseVersion(version), existingTags, policy }).move) {
    await target.pushTag(tag, root);
  }
}

/** A digest comes with every manifest. */
async function isPublished(url: string, repository: string, version: string, digest: string): Promise<boolean> {
  const answer = await fetch(new URL(`/v2/${repository}/manifests/${version}`, url), { method: 'HEAD' });
  if (answer.status === 404) return false;
  const found = answer.headers.get('docker-content-digest');
  if (found === digest) return true;
  throw new Error(`published as ${found}`);
}

async function listNaively(
  byLink: AsyncIterable<string>,
  url: URL,
  { list = 'by link' }: NaiveReleaseChoices,
): Promise<readonly string[]> {
  if (list === 'by link') return await Array.fromAsync(byLink);
  const tags: string[] = [];
  for (let last = ''; ; ) {
    const asked = new URL(url);
    if (last !== '') asked.searchParams.set('last', last);
    const page = (await (await fetch(asked)).json()) as { readonly tags: readonly string[] };
    const fresh = page.tags.filter((tag) => !tags.includes(tag));
    tags.push(...fresh);
    last = fresh.at(-1) ?? '';
    if (list === 'first page' || last === '') return tags;
  }
}
