import { describe, expect, it } from 'vitest';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { codeOf } from '../code-of.ts';
import { imageOf } from '../content.ts';
import { targetConformance } from '../target-conformance.ts';

targetConformance('a repository in memory', async () => ({
  target: openMemoryStore('memory'),
  powers: ['deleteManifest', 'deleteTag', 'listReferrers'],
  close: async () => {},
}));

describe('a repository in memory', () => {
  const tag = parseTag('production');
  const { manifest } = imageOf('{}', []);
  const { manifest: newer } = imageOf('{"newer":true}', []);

  it('refuses a tag write with a lower lane token, and tells the highest', async () => {
    const target = openMemoryStore('memory');
    await target.pushTag(tag, newer, { fence: 7 });
    expect(await codeOf(() => target.pushTag(tag, manifest, { fence: 6 }))).toBe('TAG_FENCED');
    expect(await target.resolve(tag)).toEqual({ ...newer.descriptor, fence: 7 });
    expect(await target.resolve(newer.descriptor.digest)).toEqual(newer.descriptor);
  });

  it('takes a tag write with the same token, a higher one or none, and never forgets the highest', async () => {
    const target = openMemoryStore('memory');
    await target.pushTag(tag, manifest, { fence: 7 });
    await target.pushTag(tag, newer, { fence: 7 });
    await target.pushTag(tag, manifest, { fence: 8 });
    await target.pushTag(tag, newer);
    await target.deleteTag?.(tag);
    expect(await codeOf(() => target.pushTag(tag, manifest, { fence: 7 }))).toBe('TAG_FENCED');
  });
});
