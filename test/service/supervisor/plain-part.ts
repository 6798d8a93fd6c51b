/** A part for tests, in the place of any of ours: an HTTP server that is ready at once, or fails as its environment says. */
import { createServer } from 'node:http';
import { InputError } from '../../../errors/errors.ts';
import { openPartLog } from '../../../service/process/part-log.ts';
import { parsePartSettings } from '../../../service/process/part-settings.ts';
import { type OpenPart, runPart } from '../../../service/process/run-part.ts';

const environment = process.env;
const settings = parsePartSettings(environment);
const part = process.argv[2] ?? 'registry';

await runPart({
  log: openPartLog(part, settings.logLevel),
  supervised: settings.supervised,
  exit: (code) => process.exit(code),
  open: () => {
    const fault = environment[`TEST_${part.toUpperCase()}_FAULT`];
    switch (fault) {
      case 'refuse':
        throw new InputError({ code: 'CREDENTIALS_INVALID', message: `${part} refuses`, wayOut: 'repair it' });
      case 'crash':
        process.exit(9);
        break;
      case 'reject':
        setTimeout(() => void Promise.reject(new Error('nobody catches this')), 0);
        break;
      case 'stay':
        return new Promise<OpenPart>(() => undefined);
      case 'deaf':
        return openServer(() => new Promise(() => undefined));
    }
    return openServer(async () => undefined);
  },
});

async function openServer(close: () => Promise<void>): Promise<OpenPart> {
  if (part === 'worker') return { close };
  const server = createServer((request, response) => {
    response.statusCode = environment['TEST_API_READINESS'] === 'never' ? 503 : 200;
    // Only so that a test can see what a part was told.
    response.end(request.url === '/environment' ? JSON.stringify(environment) : '');
  });
  const port = part === 'api' ? settings.apiPort : settings.registryPort;
  await new Promise<void>((resolve) => server.listen(port, settings.host, resolve));
  const address = server.address();
  const listening = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://${settings.host}:${listening}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await close();
    },
  };
}
