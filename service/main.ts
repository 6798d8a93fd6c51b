/**
 * The service as a process: one part of it (`api`, `worker`), or `all` with registry and Redis under one supervisor.
 *
 * Environment: REGISTRY_ACTION_DATA, _HOST, _API_PORT, _REGISTRY_PORT, _CONFIG, _WORKERS, _LOG_LEVEL, and REDIS_URL.
 */
import { randomBytes } from 'node:crypto';
import { InputError } from '../errors/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { openApiPart } from './open-api-part.ts';
import { openWorkerPart } from './open-worker-part.ts';
import { exitCodeOf } from './process/exit-code.ts';
import { openPartLog, writeLogLine } from './process/part-log.ts';
import { parsePartSettings } from './process/part-settings.ts';
import { type OpenPart, runPart } from './process/run-part.ts';
import { serviceEventLine } from './service-event-line.ts';
import { openService } from './supervisor/open-service.ts';
import { workerCloseTimeoutMs } from './supervisor/part-commands.ts';
import type { ServiceEvent } from './supervisor/service-event.ts';

/** Bytes of an id: nobody guesses one, and no two are the same. */
const idBytes = 16;

const environment = process.env;
const now = () => Date.now();
const newId = () => randomBytes(idBytes).toString('hex');

main().catch((error: unknown) => fail(error, 'the service cannot start'));

function fail(error: unknown, what: string): void {
  openPartLog('service', 'info').fatal({ err: error }, what);
  process.exit(exitCodeOf(error));
}

async function main(): Promise<void> {
  const settings = parsePartSettings(environment);
  const part = parsePart(process.argv[2]);
  const log = openPartLog(part === 'all' ? 'supervisor' : part, settings.logLevel);
  const open = (signal: AbortSignal): Promise<OpenPart> => {
    const init = { settings, environment, log, signal, now, newId };
    switch (part) {
      case 'api':
        return openApiPart({ ...init, version: packageJson.version });
      case 'worker':
        return openWorkerPart({ ...init, closeTimeoutMs: workerCloseTimeoutMs });
      case 'all':
        return openAll(signal);
    }
  };
  const openAll = async (signal: AbortSignal): Promise<OpenPart> => {
    const onEvent = (event: ServiceEvent) => writeLogLine(log, serviceEventLine(event));
    const { apiUrl, lost, close } = await openService({ ...settings, environment, now, onEvent, signal });
    lost.addEventListener('abort', () => void close().finally(() => fail(lost.reason, 'the service has ended')));
    return { close, ...(apiUrl === undefined ? {} : { url: apiUrl }) };
  };
  await runPart({ log, open, supervised: settings.supervised, exit: (code) => process.exit(code) });
}

function parsePart(text: string | undefined): 'api' | 'worker' | 'all' {
  if (text === 'api' || text === 'worker' || text === 'all') return text;
  const message = text === undefined ? 'no part named' : `unknown part: ${text}`;
  throw new InputError({ code: 'REQUEST_INVALID', message, wayOut: 'name one of api, worker, all' });
}
