/** A TCP connection on which a test writes exactly what it likes. */
import { connect, type Socket } from 'node:net';

export interface RawConnection {
  readonly socket: Socket;
  write(text: string | Uint8Array): void;
  /** Resolves with everything received so far, once that matches. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with everything received, once the other side has closed. */
  closed(): Promise<string>;
}

/** A connection to a port of this machine. */
export function openRawConnection(port: number): RawConnection {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let waiting: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const resume of woken) resume();
  };
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    wake();
  });
  socket.on('close', wake);
  socket.on('error', () => {});

  async function change(): Promise<void> {
    await new Promise<void>((resume) => waiting.push(resume));
  }

  return {
    socket,
    write: (text) => void socket.write(text),
    async until(pattern) {
      while (!pattern.test(received)) {
        if (socket.destroyed) throw new Error(`closed before ${pattern}: ${received.slice(0, 500)}`);
        await change();
      }
      return received;
    },
    async closed() {
      while (!socket.destroyed) await change();
      return received;
    },
  };
}
