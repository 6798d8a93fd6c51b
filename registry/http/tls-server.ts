/** HTTPS on a port, with a word for those who speak plain HTTP to it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { ServerCertificate } from './server-certificate.ts';

/** Servers that all show the same certificate. */
export interface TlsServers {
  /** A server that does not listen yet. */
  open(handler: (request: IncomingMessage, response: ServerResponse) => void): Server;
  /** From now on new connections are shown this certificate; those that are open stay. */
  use(certificate: ServerCertificate): void;
  /** Ends connections on which nobody has said anything yet, and with `all` every other one as well. */
  destroyConnections(all: boolean): void;
}

export interface TlsServersInit {
  readonly certificate: ServerCertificate;
  /** How long a client may take to shake hands, and then for the headers of a request. */
  readonly headersMs: number;
  readonly connectionsCheckMs: number;
}

/**
 * TLS 1.3, and of 1.2 what has forward secrecy and authenticates what it encrypts: every container tool of the last ten
 * years can do that.
 */
const secure = {
  minVersion: 'TLSv1.2',
  ciphers: [
    ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
    ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
    ...['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ].join(':'),
  ALPNProtocols: ['http/1.1'],
} as const;

/** As Fastify has it: longer than load balancers keep connections that rest. */
const keepAliveMs = 72_000;

/** None of which listens yet. */
export function openTlsServers(init: TlsServersInit): TlsServers {
  const servers = new Set<Server & { setSecureContext(options: ServerOptions): void }>();
  const silent = new Set<Socket>();
  const connections = new Set<Socket>();
  let { certificate } = init;

  /** Waits for the first byte: it tells which of the two protocols is spoken. */
  function listenTo(socket: Socket, shakeHands: (socket: Socket) => void): void {
    silent.add(socket);
    connections.add(socket);
    const quiet = () => socket.destroy();
    socket.setTimeout(init.headersMs, quiet);
    socket.on('error', quiet);
    socket.once('close', () => {
      silent.delete(socket);
      connections.delete(socket);
    });
    socket.once('readable', () => {
      silent.delete(socket);
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.setTimeout(0);
      socket.off('timeout', quiet);
      if (first[0] !== handshakeByte) return refusePlainHttp(socket);
      socket.unshift(first);
      shakeHands(socket);
    });
  }

  return {
    open(handler) {
      const server = createServer(
        {
          ...secure,
          ...{ cert: certificate.cert, key: certificate.key },
          handshakeTimeout: init.headersMs,
          headersTimeout: init.headersMs,
          connectionsCheckingInterval: init.connectionsCheckMs,
          keepAliveTimeout: keepAliveMs,
          // Off: a large layer over a slow line takes its time, and a body that stands still is ended elsewhere.
          requestTimeout: 0,
        },
        handler,
      );
      const handshakes = server.listeners('connection');
      server.removeAllListeners('connection');
      server.on('connection', (socket: Socket) => {
        listenTo(socket, (heard) => {
          for (const shakeHands of handshakes) shakeHands.call(server, heard);
        });
      });
      servers.add(server);
      return server;
    },
    use(next) {
      certificate = next;
      for (const server of servers) server.setSecureContext({ ...secure, cert: next.cert, key: next.key });
    },
    destroyConnections(all) {
      for (const socket of all ? connections : silent) socket.destroy();
    },
  };
}

/** The first byte of a TLS record that begins a handshake. Spec: RFC 8446, "Record Layer". */
const handshakeByte = 0x16;

/** What a client that forgot the `https` is told, in its own language. */
const plainHttpAnswer = (() => {
  const body =
    '{"errors":[{"code":"UNSUPPORTED","message":"this registry speaks https, and http was spoken to it"}]}\n';
  const head = ['HTTP/1.1 400 Bad Request', 'Content-Type: application/json', 'Connection: close'];
  return `${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
})();

function refusePlainHttp(socket: Socket): void {
  socket.resume();
  socket.end(plainHttpAnswer, () => socket.destroy());
}
