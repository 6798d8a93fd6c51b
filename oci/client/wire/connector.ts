/** Opening the connections that are made directly. */
import type { OnReadOpts } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import { isPinned, notPinnedCode, type PinnedCertificates } from './pinned-certificate.ts';
import { buildConnector as buildConnection } from './undici-parts.ts';

/** Longest wait for a connection, TLS included. */
export const connectMsMax = 10_000;

/** How connections decide whom they speak to. */
export interface TlsTrust {
  /** Undefined where the system's own will do. */
  readonly context: SecureContext | undefined;
  /** In the place of authorities and names. */
  readonly pinned: PinnedCertificates | undefined;
}

/**
 * Opens connections, by HTTP/1.1, with the context where there is one; with `onread` only one, whose bytes go there. With
 * pinned certificates nothing is sent before one of them was shown.
 *
 * A registry that wants a certificate says so once the handshake is over, and hangs up. undici keeps the second of these
 * errors, which tells nothing; ended at the first one, the connection keeps that.
 */
export function openConnector({ context, pinned }: TlsTrust, onread?: OnReadOpts): buildConnector.connector {
  const tls = {
    ...(context === undefined ? {} : { secureContext: context }),
    // Then it is looked at below instead. A resumed session shows none.
    ...(pinned === undefined ? {} : { rejectUnauthorized: false, maxCachedSessions: 0 }),
  };
  const reading = onread === undefined ? {} : { onread };
  const connect = buildConnection({ ...tls, ...reading, allowH2: false, timeout: connectMsMax });
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      socket.once('error', (first) => socket.destroy(first));
      if (pinned === undefined) return callback(null, socket);
      const refuse = (cause: Error) => {
        socket.destroy();
        callback(cause, null);
      };
      isPinned(socket, pinned).then((is) => (is ? callback(null, socket) : refuse(notPinned())), refuse);
    });
}

function notPinned(): Error {
  return Object.assign(new Error('it shows another certificate than the one it is known by'), { code: notPinnedCode });
}
