/** Quay, hosted and one's own. */
import { expect } from 'vitest';
import { type Behaviour, refusal } from './plain-registry.ts';
import { pushLayer, quirksAt, referredTo, tagged } from './quirk.ts';

const hosted = quirksAt('quay.io');
const own = quirksAt('quay.example');
const mebibyte = 1024 * 1024;

// "Currently, Quay throws an Bad Request error whenever the from parameter is missing": https://github.com/quay/quay/pull/899
const wantsSource: Behaviour = (asked, serve) =>
  asked.query.has('mount') && !asked.query.has('from') ? refusal(400, 'INVALID_REQUEST') : serve(asked);

hosted('Quay refuses a mount that names no source', {
  behaves: () => [wantsSource],
  deed: async (scene) => {
    await pushLayer(scene, 2 * mebibyte);
    expect(scene.registry.seen.filter(({ status }) => status === 400)).toEqual([]);
  },
  naive: { mount: 'without-source' },
  failing: /400 INVALID_REQUEST/,
});

own('Quay under another name refuses a mount that names no source, once', {
  behaves: () => [wantsSource],
  deed: async (scene) => {
    await pushLayer(scene, 2 * mebibyte);
    await pushLayer(scene, 3 * mebibyte);
    expect(scene.registry.seen.filter(({ status }) => status === 400).length).toBeLessThanOrEqual(1);
  },
  naive: { mount: 'without-source' },
  failing: /400 INVALID_REQUEST/,
});

// Its limits are those of the nginx in front: https://docs.quay.io/issues/429.html
hosted('Quay says 429 in HTML', {
  behaves: ({ timing }) => {
    const openFrom = timing.now() + 300;
    const body =
      '<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<center><h1>429 Too Many Requests</h1>';
    return [(asked, serve) => (timing.now() < openFrom ? { status: 429, body } : serve(asked))];
  },
  deed: (scene) => pushLayer(scene, 1000),
  failing: /JSON/,
});

// TOO_MANY_TAGS_REQUESTED with a 413 beyond a hundred: https://github.com/google/go-containerregistry/issues/1963
hosted('Quay refuses to list more than 100 tags at once', {
  behaves: () => [
    (asked, serve) =>
      Number(asked.query.get('n') ?? 1) > 100 ? refusal(413, 'TOO_MANY_TAGS_REQUESTED') : serve(asked),
  ],
  deed: async ({ app, registry }) => {
    const marks = Array.from({ length: 150 }, (_, at) => `1.0.${at}`);
    for (const mark of marks) tagged(registry, mark, 'one');
    expect((await Array.fromAsync(app.listTags())).toSorted()).toEqual(marks.toSorted());
  },
  failing: /413 TOO_MANY_TAGS_REQUESTED/,
});

// 400 for a digest that it takes for malformed: https://github.com/quay/quay/issues/3071
hosted('Quay answers 400 to a question for the referrers of some digests', {
  behaves: () => [
    (asked, serve) => (asked.path.includes('/referrers/') ? refusal(400, 'MANIFEST_INVALID') : serve(asked)),
  ],
  deed: async ({ app, registry }) => {
    const { subject, referrer } = referredTo(registry);
    const listed = await app.listReferrers?.(subject);
    expect(listed?.referrers.map(({ digest }) => digest)).toEqual([referrer]);
  },
  failing: /400 MANIFEST_INVALID/,
});
