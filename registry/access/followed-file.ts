/** A file that others write, as it is now: read again when it changes, and kept as it was while it cannot be used. */
import { CodedError } from '../../errors/errors.ts';
import { stampOf } from '../disk/file-stamp.ts';

export interface FollowedFile<Content> {
  /** What the file says; what it said last while it cannot be used. */
  current(): Promise<Content>;
}

export interface FollowedFileInit<Content> {
  readonly path: string;
  /** Rejects with a CodedError when the file cannot be used. */
  readonly read: () => Promise<Content>;
  /** Called once for each change that is taken. */
  readonly onLoaded: (content: Content) => void;
  /** Called once for each change that is not. */
  readonly onRefused: (error: CodedError) => void;
}

/**
 * The file, read.
 * @throws what `read` throws.
 */
export async function followFile<Content>(init: FollowedFileInit<Content>): Promise<FollowedFile<Content>> {
  const { path, read, onLoaded, onRefused } = init;
  let reloading: Promise<void> | undefined;
  let known = { stamp: await stampOf(path), content: await read() };

  async function reload(stamp: string): Promise<void> {
    try {
      known = { stamp, content: await read() };
      onLoaded(known.content);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      // It is not looked at again before it changes again.
      known = { ...known, stamp };
      onRefused(error);
    }
  }

  return {
    async current() {
      // What is being read may be from before the change that is asked about: it is looked again after that.
      await reloading;
      // Where it cannot even be looked at, reading it tells why.
      const stamp = await stampOf(path).catch(() => 'out of sight');
      if (stamp === known.stamp) return known.content;
      reloading ??= reload(stamp).finally(() => {
        reloading = undefined;
      });
      await reloading;
      return known.content;
    },
  };
}
