/** Whether the registry lives and can take requests, for whoever watches it. */
import { type Answer, jsonAnswer } from './http/answer.ts';
import type { Endpoint, OpenRequest } from './http/endpoint.ts';

/** `/livez`: the process answers. `/readyz`: it can take pushes as well as pulls. */
export const healthEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/livez', verb: undefined, answer: async () => jsonAnswer({ status: 'ok' }) },
  { method: 'GET', path: '/readyz', verb: 'read', inside: true, answer: readReadiness },
];

interface PartHealth {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

/** The answer is that of the service's own `/readyz`: each part, and whether all of them are well. */
async function readReadiness({ storage, limits }: OpenRequest): Promise<Answer> {
  const parts = await readParts(storage, limits.freeBytesMin);
  const ok = parts.every((part) => part.ok);
  return jsonAnswer({ ok, parts }, { status: ok ? 200 : 503 });
}

async function readParts(storage: OpenRequest['storage'], freeBytesMin: number): Promise<readonly PartHealth[]> {
  try {
    const { unwritable, lockHeld, freeBytes } = await storage.readHealth();
    return [
      partOf('storage', unwritable && `the data directory takes no writes: ${unwritable}`),
      partOf('lock', lockHeld ? undefined : `the lock file of the data directory is not ours ${whileOr(unwritable)}`),
      partOf('space', freeBytes < freeBytesMin ? `${freeBytes} bytes are free, of ${freeBytesMin} wanted` : undefined),
    ];
  } catch {
    return [partOf('storage', 'the data directory cannot be read')];
  }
}

function whileOr(unwritable: string | undefined): string {
  return unwritable === undefined ? 'any more' : 'while it takes no writes';
}

function partOf(name: string, detail: string | undefined): PartHealth {
  return detail === undefined ? { name, ok: true } : { name, ok: false, detail };
}
