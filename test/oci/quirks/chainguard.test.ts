/** Chainguard's registry. */
import { expect } from 'vitest';
import type { Digest } from '../../../oci/spec/digest.ts';
import { type Behaviour, refusal } from './plain-registry.ts';
import { quirksAt, tagged } from './quirk.ts';
import { bearer, scopesFor } from './token-service.ts';

const quirk = quirksAt('cgr.dev');

/** Its tokens are for the first repository that they were asked for, and no other may be asked for anything with one. */
function strictly(): Behaviour {
  const namedBy = new Map<string, string>();
  return async (asked, serve) => {
    const token = asked.headers.authorization ?? '';
    const [needed] = scopesFor(asked);
    const named = namedBy.get(token);
    if (named !== undefined && needed !== undefined && named !== needed) return refusal(403, 'DENIED');
    const reply = await serve(asked);
    if (asked.path !== '/token') return reply;
    const [scope = ''] = asked.query.getAll('scope');
    namedBy.set(`Bearer ${JSON.parse(String(reply.body)).token}`, scope);
    return reply;
  };
}

// "it returns 403 on cross-scope token reuse, where some registries silently accept cross-scope tokens":
// https://github.com/clowdhaus/ocync/blob/main/docs/src/content/registries/chainguard.md
quirk('Chainguard answers 403 to a token that was made for another repository', {
  behaves: ({ timing }) => [strictly(), bearer({ timing })],
  plainly: () => [],
  deed: async ({ app, base, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    registry.tags.set('team/base:1.0.0', digest);
    const stored = registry.manifests.get(`team/app@${digest}`);
    if (stored !== undefined) registry.manifests.set(`team/base@${digest}`, stored);
    for (const repository of [app, base, app]) expect(await repository.resolve(tag)).toMatchObject({ digest });
    expect((await base.fetchManifest(tag)).descriptor.digest).toBe(digest as Digest);
    expect(registry.seen.filter(({ status }) => status === 403)).toEqual([]);
  },
  failing: /403 DENIED/,
});
