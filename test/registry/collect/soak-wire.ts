/** Requests of the soak's clients, over connections that stay open. */
import { Agent, type IncomingHttpHeaders, request as sendRequest } from 'node:http';

export interface SoakReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface SoakRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface SoakWire {
  send(request: SoakRequest): Promise<SoakReply>;
  close(): void;
}

/** The way to the registry on the port. */
export function openSoakWire(port: number, authorization: string): SoakWire {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    send({ method, path, headers = {}, body }) {
      const { promise, resolve, reject } = Promise.withResolvers<SoakReply>();
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const sent = sendRequest(
        { agent, host: '127.0.0.1', port, method, path, headers: { authorization, ...length, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
          );
          answer.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
      return promise;
    },
    close: () => agent.destroy(),
  };
}
