import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { describe, expect, it } from 'vitest';

import { encode } from '../src/format/bencode.ts';
import { Wire, type Block } from '../src/peer/wire.ts';
import { onCleanUp } from './support.ts';

const HELLO = Buffer.concat([Buffer.from('\u0013BitTorrent protocol', 'latin1'), Buffer.alloc(8), randomBytes(40)]);

interface Heard {
  readonly blocks: Buffer[];
  readonly requests: Block[];
  readonly closed: Promise<string>;
}

/** A wire, and a socket that says to it what it likes. */
async function talk(): Promise<{ heard: Heard; socket: Socket; wire: Wire }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const [blocks, requests]: [Buffer[], Block[]] = [[], []];
  let close: (reason: string) => void = () => undefined;
  const closed = new Promise<string>((resolve) => (close = resolve));
  const wire = new Wire(accepted, {
    onHandshake: () => undefined,
    onBlock: (_, __, data) => blocks.push(data),
    onRequest: (block) => requests.push(block),
    onClose: (problem) => {
      close(problem.message);
    },
  });
  onCleanUp(() => {
    wire.close();
    socket.destroy();
    server.close();
  });
  return { heard: { blocks, requests, closed }, socket, wire };
}

function message(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + body.length, 0);
  head[4] = id;
  return Buffer.concat([head, body]);
}

describe('what a peer says', () => {
  it('is understood in whatever chunks it comes', async () => {
    const { heard, socket, wire } = await talk();
    const data = randomBytes(3000);
    const said = Buffer.concat([
      HELLO,
      Buffer.alloc(4),
      message(99, data),
      message(7, Buffer.concat([Buffer.alloc(8), data])),
    ]);
    for (let at = 0; at < said.length; at += 701) socket.write(said.subarray(at, at + 701));
    socket.end(message(6, Buffer.from('000000010000000200000003', 'hex')));
    await heard.closed;
    expect(heard.blocks.map((block) => block.equals(data))).toEqual([true]);
    expect(heard.requests).toEqual([{ piece: 1, offset: 2, length: 3 }]);
    expect(wire.isClosed).toBe(true);
  });

  it.each<[string, Buffer]>([
    ['a greeting in another language', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a message that is too long', Buffer.concat([HELLO, Buffer.from('7fffffff', 'hex')])],
    ['a message whose length is negative elsewhere', Buffer.concat([HELLO, Buffer.from('ffffffff', 'hex')])],
    ['a request that breaks off', Buffer.concat([HELLO, message(6, Buffer.alloc(3))])],
    ['an extension that is no dictionary', Buffer.concat([HELLO, message(20, Buffer.from([0, 0x78]))])],
    ['metadata that nests without end', Buffer.concat([HELLO, message(20, Buffer.from(`\u0001${'l'.repeat(9999)}`))])],
  ])('ends the connection when it is %s', async (_, said) => {
    const { heard, socket } = await talk();
    socket.write(said);
    await heard.closed;
    expect(heard.blocks).toEqual([]);
  });

  it.each<[string, Buffer]>([
    ['a dictionary without sense', encode({ m: 5, metadata_size: 'x' })],
    ['numbers that are out of bounds', encode({ m: { ut_metadata: 100_000 }, metadata_size: -5 })],
  ])('may be %s', async (_, told) => {
    const { heard, socket, wire } = await talk();
    const piece = message(7, Buffer.alloc(9));
    socket.end(Buffer.concat([HELLO, message(20, Buffer.concat([Buffer.alloc(1), told])), piece]));
    await heard.closed;
    expect(wire.givesMetadata).toBe(false);
    expect(heard.blocks).toHaveLength(1);
  });
});
