import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a server of bytes does with the nth connection and the nth request on it, both from 0. */
export type Answerer = (socket: Socket, head: string, connection: number, request: number) => void | Promise<void>;

export interface RawServer {
  readonly url: string;
  /** Heads of the requests, in the order in which they came. */
  readonly heads: readonly string[];
  readonly connections: readonly Socket[];
  close(): Promise<void>;
}

/** A server on loopback that sends whatever a test wants it to. */
export async function rawServer(answer: Answerer): Promise<RawServer> {
  const heads: string[] = [];
  const connections: Socket[] = [];
  const server: Server = createServer((socket) => {
    const connection = connections.push(socket) - 1;
    let request = 0;
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        heads.push(head);
        void answer(socket, head, connection, request++);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heads,
    connections,
    async close() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer with these header lines. */
export function answerOf(status: number, headers: readonly string[], body: Uint8Array | string = ''): Buffer {
  const head = [`HTTP/1.1 ${status} Some`, ...headers, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body as string)]);
}
