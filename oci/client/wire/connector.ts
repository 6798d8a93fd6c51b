/** Opening the connections that are made directly. */
import type { OnReadOpts } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import { buildConnector as buildConnection } from './undici-parts.ts';

/** Longest wait for a connection, TLS included. */
export const connectMsMax = 10_000;

/**
 * Opens connections, by HTTP/1.1, with the context where there is one; with `onread` only one, whose bytes go there.
 *
 * A registry that wants a certificate says so once the handshake is over, and hangs up. undici keeps the second of these
 * errors, which tells nothing; ended at the first one, the connection keeps that.
 */
export function openConnector(context: SecureContext | undefined, onread?: OnReadOpts): buildConnector.connector {
  const tls = context === undefined ? {} : { secureContext: context };
  const reading = onread === undefined ? {} : { onread };
  const connect = buildConnection({ ...tls, ...reading, allowH2: false, timeout: connectMsMax });
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      socket.once('error', (first) => socket.destroy(first));
      callback(null, socket);
    });
}
