/** Progress of a copy from its events: bytes moved of the bytes that must move. */
import type { CopyEvent } from '../oci/copy/copy-event.ts';
import { openProgress } from './progress.ts';
import type { Shell } from './shell.ts';

/** Takes the events of one copy and shows them on stderr; the caller closes it. */
export function copyProgress(shell: Shell, name: string) {
  const progress = openProgress(shell.stderr, shell.now);
  const started = new Map<string, number>();
  let bytesDone = 0;
  let bytesTotal = 0;
  const onEvent = (event: CopyEvent) => {
    const { digest, size } = event.descriptor;
    switch (event.kind) {
      case 'started':
        if (!started.has(digest)) bytesTotal += size;
        started.set(digest, size);
        break;
      case 'progressed':
        bytesDone += event.bytes;
        break;
      case 'copied':
        break;
      case 'mounted':
      case 'present':
        // What need not move is not waited for.
        bytesTotal -= started.get(digest) ?? 0;
        started.delete(digest);
        break;
    }
    progress.show({ label: `copying ${name}`, bytesDone, bytesTotal });
  };
  return { onEvent, close: () => progress.close() };
}
