/** Whether an address can be listened on: asked before anything is started, so that the answer names the flag to change. */
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError, InputError } from '../../errors/errors.ts';

/** An address that a part is to listen on. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The command line's flag that changes the port. */
  readonly flag: string;
}

/** How often we look whether the port has become free. */
const portPollMs = 50;

/**
 * Throws unless the address is free, or becomes free within `patienceMs` (parts of a killed supervisor need a moment to close).
 *
 * @throws ConflictError PORT_TAKEN when another program listens there.
 * @throws InputError ADDRESS_UNUSABLE when this machine or user cannot listen there at all.
 */
export async function assertPortFree(address: ListenAddress, patienceMs: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += portPollMs) {
    const error = await listenError(address);
    if (error === undefined) return;
    if (error.code !== 'EADDRINUSE') throw unusable(address, error);
    if (waitedMs >= patienceMs) throw taken(address, error);
    await delay(portPollMs);
  }
}

function listenError({ host, port }: ListenAddress): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function taken({ host, port, flag }: ListenAddress, cause: Error): ConflictError {
  return new ConflictError({
    code: 'PORT_TAKEN',
    message: `another program listens on ${formatAddress(host, port)}`,
    wayOut: `stop that program, or choose another port with ${flag} (0 takes a free one)`,
    cause,
    fields: { port, flag },
  });
}

function unusable({ host, port, flag }: ListenAddress, cause: NodeJS.ErrnoException): InputError {
  return new InputError({
    code: 'ADDRESS_UNUSABLE',
    message: `cannot listen on ${formatAddress(host, port)}: ${cause.code ?? cause.message}`,
    wayOut: `choose an address of this machine with --host, and a port above 1023 with ${flag}`,
    cause,
    fields: { host, port, flag },
  });
}

/** As in a URL: an IPv6 address would run into the port. */
function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
