import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `cut`: the connection ends in the middle of the body. `stall`: it stays open, and no more comes. */
export type ServerFault = 'cut' | 'stall';

export interface ByteServer {
  /** Address of the file; with `.missing` behind it there is none. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves one file on this machine by HTTP, by ranges where they are asked for. */
export async function serveBytes(content: Uint8Array, fault?: ServerFault): Promise<ByteServer> {
  const server = createServer((request, response) => {
    if (request.url !== '/file') {
      response.writeHead(404).end();
      return;
    }
    const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(asked?.[1] ?? 0);
    const end = Math.min(content.length, asked?.[2] === undefined || asked[2] === '' ? Infinity : Number(asked[2]) + 1);
    if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    response.writeHead(asked === null ? 200 : 206, {
      'content-length': end - start,
      'accept-ranges': 'bytes',
      etag: '"testkit"',
      ...(asked !== null && { 'content-range': `bytes ${start}-${end - 1}/${content.length}` }),
    });
    send(response, content.subarray(start, end), fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/file`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, body: Uint8Array, fault: ServerFault | undefined): void {
  if (fault === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, body.length / 2), () => {
    if (fault === 'cut') response.destroy();
  });
}
