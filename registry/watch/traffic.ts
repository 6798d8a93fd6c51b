/** Bytes over the wire, of the connections there are and of those there were. */
import type { IncomingMessage, Server } from 'node:http';

type Socket = IncomingMessage['socket'];

export interface Traffic {
  receivedBytes(): number;
  sentBytes(): number;
  /** Connections that are open. */
  connections(): number;
}

/** The traffic of a server from now on. Requests cost nothing: each socket counts for itself. */
export function openTraffic(server: Pick<Server, 'on'>): Traffic {
  const open = new Set<Socket>();
  const closed = { received: 0, sent: 0 };
  // Over TLS the inner connection is told of by another event; it counts the same bytes.
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      closed.received += socket.bytesRead;
      closed.sent += socket.bytesWritten;
    });
  });
  return {
    receivedBytes: () => sum(open, (socket) => socket.bytesRead) + closed.received,
    sentBytes: () => sum(open, (socket) => socket.bytesWritten) + closed.sent,
    connections: () => open.size,
  };
}

function sum(sockets: ReadonlySet<Socket>, bytesOf: (socket: Socket) => number): number {
  let total = 0;
  for (const socket of sockets) total += bytesOf(socket);
  return total;
}
