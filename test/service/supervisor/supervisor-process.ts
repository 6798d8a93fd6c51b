/** A supervisor for tests as a process of its own: options as JSON in argv, each event a line of JSON on stdout. */
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../errors/errors.ts';
import { openService } from '../../../service/supervisor/open-service.ts';

const plain = fileURLToPath(new URL('./plain-part.ts', import.meta.url));
const print = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const signal = new AbortController();
let closing = () => signal.abort(new Error('told to close'));
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => closing());

try {
  const service = await openService({
    host: '127.0.0.1',
    apiPort: 0,
    registryPort: 0,
    now: Date.now,
    entries: { registry: plain, service: plain },
    environment: process.env,
    onEvent: print,
    signal: signal.signal,
    ...JSON.parse(process.argv[2] ?? '{}'),
  });
  const close = () => void service.close().then(() => process.exit(0));
  closing = close;
  if (signal.signal.aborted) close();
} catch (error) {
  print({ kind: 'refused', code: error instanceof CodedError ? error.code : String(error) });
  process.exit(1);
}
