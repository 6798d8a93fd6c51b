/** Waiting for all of several works, also when one fails. */

/** What the works return, in their order; when any fails, the first failure in order, and nothing is running then. */
export async function settleEach<Result>(works: readonly Promise<Result>[]): Promise<readonly Result[]> {
  await Promise.allSettled(works);
  return await Promise.all(works);
}
