/**
 * Runs git in the source with the arguments: what it wrote, without the last line break; undefined when it is not
 * there, is no repository, or says no.
 */
export type RunGit = (args: readonly string[]) => Promise<string | undefined>;

/** Epoch milliseconds of a commit; undefined when git does not know it. */
export async function readCommitTime(runGit: RunGit, commit: string): Promise<number | undefined> {
  const seconds = await runGit(['show', '--no-patch', '--format=%ct', `${commit}^{commit}`]);
  return seconds !== undefined && /^\d{1,11}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
