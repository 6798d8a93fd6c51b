/** Connections on which no request has come yet. Node takes them for busy ones, and would wait for them when it closes. */
import type { IncomingMessage, Server } from 'node:http';

type Socket = IncomingMessage['socket'];

export interface SilentConnections {
  /** Ends them, and those that are still being made. */
  destroy(): void;
}

/** Those of the server from now on; over TLS those that have shaken hands. */
export function openSilentConnections(server: Server, isTls: boolean): SilentConnections {
  const silent = new Set<Socket>();
  let isOver = false;
  const hasSpoken = ({ socket }: IncomingMessage) => silent.delete(socket);
  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    if (isOver) socket.destroy();
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', hasSpoken).on('checkContinue', hasSpoken);
  return {
    destroy() {
      isOver = true;
      for (const socket of silent) socket.destroy();
    },
  };
}
