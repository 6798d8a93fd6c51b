/** Several tags at once. */
import { describe, expect, it } from 'vitest';
import { parseTag } from '../../../oci/spec/tag.ts';
import { app, errorOf, manifestOf, openTestClient } from './fixture.ts';
import { type Line, openTranscript } from './transcript.ts';

const manifest = manifestOf('one');
const other = manifestOf('two');
const ladder = ['1.2.3', '1.2', '1', 'latest'].map((tag) => parseTag(tag));

function putOf(path: string, more: Partial<Line> = {}): Line {
  return { request: `PUT /v2/team/app/manifests/${path}`, status: 201, headers: { location: '/x' }, ...more };
}

function atOnce(tags: readonly string[], accepted: string, of = manifest): Line {
  const query = tags.map((tag) => `tag=${tag}`).join('&');
  const headers = { location: '/x', ...(accepted === '' ? {} : { 'oci-tag': accepted }) };
  return putOf(`${of.descriptor.digest}?${query}`, { headers, body: Buffer.from(of.bytes).toString() });
}

async function open(lines: readonly Line[]) {
  const server = await openTranscript(lines);
  return openTestClient({ url: server.url }).repository(app);
}

describe('pushTags', () => {
  it('is one request where the registry accepts them all, and from then on for two as well', async () => {
    const target = await open([
      atOnce(ladder, '1.2.3, 1.2, 1, latest'),
      atOnce(ladder.slice(0, 2), '1.2.3, 1.2', other),
    ]);
    await target.pushTags?.(ladder, manifest);
    await target.pushTags?.(ladder.slice(0, 2), other);
  });

  it('is one request for each where the registry says nothing of them, which is found out once', async () => {
    const target = await open([
      atOnce(ladder, ''),
      ...ladder.map((tag) => putOf(tag)),
      ...ladder.map((tag) => putOf(tag)),
    ]);
    await target.pushTags?.(ladder, manifest);
    await target.pushTags?.(ladder, manifest);
  });

  it('finds nothing out with two tags, for which it could cost more than it saves', async () => {
    const target = await open(ladder.slice(0, 2).map((tag) => putOf(tag)));
    await target.pushTags?.(ladder.slice(0, 2), manifest);
  });

  it.each([405, 414, 431])('is one request for each where the long one is answered by %i', async (status) => {
    const target = await open([{ ...atOnce(ladder, ''), status }, ...ladder.map((tag) => putOf(tag))]);
    await target.pushTags?.(ladder, manifest);
  });

  it('puts by itself what was not accepted, so that the refusal says why', async () => {
    const denied = { status: 412, answer: '{"errors":[{"code":"TAG_IMMUTABLE"}]}' };
    const target = await open([atOnce(ladder, '1.2.3, 1.2, latest'), putOf('1', denied)]);
    const error = await errorOf(Promise.resolve(target.pushTags?.(ladder, manifest)));
    expect(error).toMatchObject({ code: 'REGISTRY_REFUSED', status: 412 });
  });

  it('asks for ten at a time', async () => {
    const tags = Array.from({ length: 13 }, (_, at) => parseTag(`t${at}`));
    const [ten, three] = [tags.slice(0, 10), tags.slice(10)];
    const target = await open([atOnce(ten, ten.join(',')), atOnce(three, three.join(','))]);
    await target.pushTags?.(tags, manifest);
  });

  it('writes every tag that can be written before it fails', async () => {
    const target = await open([putOf('1.2.3', { status: 403 }), putOf('1.2')]);
    const error = await errorOf(Promise.resolve(target.pushTags?.(ladder.slice(0, 2), manifest)));
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  it('is one attempt when the answer is lost, and no tag is tried by itself', async () => {
    const target = await open([{ ...atOnce(ladder, ''), breaks: 'before' }]);
    const error = await errorOf(Promise.resolve(target.pushTags?.(ladder, manifest)));
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  });
});
