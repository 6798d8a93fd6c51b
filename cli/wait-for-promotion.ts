/** Waiting for a promotion on the terminal: a progress bar, and what holds it up. */
import type { ApiClient } from '../api/client/api-client.ts';
import { followPromotion } from '../api/client/follow-promotion.ts';
import type { PromotionView } from '../api/promotion.ts';
import { isEnd } from '../core/promotion.ts';
import { openProgress } from './progress.ts';
import { formatBlobCount } from './render/blob-count.ts';
import { formatRelease } from './render/digest.ts';
import { printable } from './render/width.ts';
import { type FailureText, printFailure } from './report-failure.ts';
import type { Shell } from './shell.ts';

/** What waiting came to. */
export interface Waited {
  readonly promotion: PromotionView;
  /** What put it off last, also while it is tried again; undefined when nothing did. */
  readonly trouble: FailureText | undefined;
}

/**
 * The promotion as it ended, or as it was when the time was up. What puts it off is told when it is met first, and not
 * at every attempt.
 */
export async function waitForPromotion(
  shell: Shell,
  client: ApiClient,
  promotion: PromotionView,
  timeoutMs: number,
): Promise<Waited> {
  const progress = openProgress(shell.stderr, shell.now);
  const told = new Set<string>();
  let lost = false;
  let trouble: FailureText | undefined;
  const noteTrouble = (error: FailureText) => {
    trouble = error;
    if (told.has(error.code)) return;
    told.add(error.code);
    progress.close();
    shell.stderr.write(`the ${promotion.kind} is put off, and tried again\n`);
    printFailure(shell, error);
  };
  try {
    const last = await followPromotion(client, promotion, {
      timeoutMs,
      signal: shell.signal,
      now: shell.now,
      onChange: (view) => {
        lost = false;
        if (isEnd(view.state)) return;
        if (view.error !== undefined) noteTrouble(view.error);
        progress.show(stepOf(view));
      },
      onLost: (error) => {
        if (!lost) shell.stderr.write(`${printable(error.message)}; still waiting\n`);
        lost = true;
      },
    });
    return { promotion: last, trouble };
  } catch (error) {
    progress.close();
    shell.stderr.write(`the ${promotion.kind} goes on: ${printable(promotion.id)}\n`);
    throw error;
  } finally {
    progress.close();
  }
}

function stepOf(view: PromotionView) {
  const label = printable(`${view.state} ${view.app} ${formatRelease(view.version, view.digest)}`);
  const again = view.attempts > 1 ? ` (attempt ${view.attempts})` : '';
  const { blobs } = view.progress ?? {};
  return {
    label: label + again,
    ...(blobs === undefined || view.state !== 'copying' ? {} : { note: formatBlobCount(blobs) }),
    bytesDone: view.progress?.bytesCopied ?? 0,
    bytesTotal: view.state === 'copying' ? (view.progress?.bytesTotal ?? 0) : 0,
  };
}
