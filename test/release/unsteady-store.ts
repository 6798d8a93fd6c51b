/** A repository whose requests can be watched, refused, or served without an answer. */
import type { Target } from '../../oci/copy/target.ts';

/** Says of each request whether it goes on; throws when it does not. */
export interface Weather {
  /** Before anything is done. */
  before(method: StoreMethod): void;
  /** When it is done, and the answer is on its way. */
  after(method: StoreMethod): void;
}

export type StoreMethod = (typeof reading)[number] | (typeof writing)[number] | 'listTags';

const reading = ['resolve', 'fetchManifest', 'hasBlob', 'fetchBlob', 'listReferrers'] as const;
const writing = ['pushBlob', 'pushManifest', 'pushTag'] as const;

/** Whether the request changes something. */
export function isWrite(method: StoreMethod): boolean {
  return writing.some((one) => one === method);
}

/** The store, each request of which passes through the weather. */
export function inWeather(store: Target, { before, after }: Weather): Target {
  const through =
    <Asked extends readonly unknown[], Answer>(method: StoreMethod, serve: (...asked: Asked) => Promise<Answer>) =>
    async (...asked: Asked): Promise<Answer> => {
      before(method);
      const answer = await serve(...asked);
      after(method);
      return answer;
    };
  const { listReferrers } = store;
  return {
    ...store,
    resolve: through('resolve', store.resolve),
    fetchManifest: through('fetchManifest', store.fetchManifest),
    hasBlob: through('hasBlob', store.hasBlob),
    fetchBlob: through('fetchBlob', store.fetchBlob),
    pushBlob: through('pushBlob', store.pushBlob),
    pushManifest: through('pushManifest', store.pushManifest),
    pushTag: through('pushTag', store.pushTag),
    ...(listReferrers === undefined ? {} : { listReferrers: through('listReferrers', listReferrers) }),
    async *listTags(signal) {
      before('listTags');
      const tags = await Array.fromAsync(store.listTags(signal));
      after('listTags');
      yield* tags;
    },
  };
}
