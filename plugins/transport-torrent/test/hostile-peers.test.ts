import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { describe, expect, it } from 'vitest';

import { encode, type Encodable } from '../src/format/bencode.ts';
import { createEngine } from '../src/torrent-engine.ts';
import { createFile, onCleanUp, read, seedFile, SIGNAL } from './support.ts';

/** That of ut_metadata, as we announce it. */
const METADATA = 1;

interface Stranger {
  /** For a link. */
  readonly peer: string;
  /** Resolves to "left" when it was hung up on. */
  readonly left: Promise<'left'>;
}

/** A peer that greets as it should, and then says what it likes. @param says to whoever has connected */
async function stranger(infoHash: string, says: (socket: Socket) => void): Promise<Stranger> {
  let hungUp: (word: 'left') => void = () => undefined;
  const left = new Promise<'left'>((resolve) => (hungUp = resolve));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('close', () => {
      hungUp('left');
    });
    socket.once('data', () => {
      const extensions = Buffer.from('0000000000100004', 'hex');
      const greeting = [Buffer.from('\u0013BitTorrent protocol', 'latin1'), extensions, Buffer.from(infoHash, 'hex')];
      socket.write(Buffer.concat([...greeting, randomBytes(20)]));
      says(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanUp(() => server.close());
  return { peer: `127.0.0.1:${(server.address() as AddressInfo).port}`, left };
}

function message(id: number, ...body: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + body.reduce((sum, { length }) => sum + length, 0), 0);
  head[4] = id;
  return Buffer.concat([head, ...body]);
}

const told = (said: Encodable): Buffer => message(20, Buffer.from([0]), encode(said));
const metadata = (said: Encodable, data: Uint8Array = Buffer.alloc(0)): Buffer =>
  message(20, Buffer.from([METADATA]), encode(said), data);
const magnet = (infoHash: string, ...peers: readonly string[]): string =>
  `magnet:?xt=urn:btih:${infoHash}${peers.map((peer) => `&x.pe=${encodeURIComponent(peer)}`).join('')}`;

const HASH = createHash('sha1').update('nobody has this').digest('hex');
const ASKING = told({ m: { ut_metadata: 1 }, metadata_size: 5_000 });

describe('what a peer says', () => {
  it.each<[string, Buffer]>([
    ['a message that is too long', Buffer.from('7fffffff', 'hex')],
    ['a message whose length is negative elsewhere', Buffer.from('ffffffff14', 'hex')],
    ['a piece of metadata at a wild place', Buffer.concat([ASKING, metadata({ msg_type: 1, piece: 2 ** 40 })])],
    [
      'a piece of metadata before the first',
      Buffer.concat([ASKING, metadata({ msg_type: 1, piece: -1 }, randomBytes(9))]),
    ],
    ['metadata of no size', told({ m: { ut_metadata: 1 }, metadata_size: -5 })],
    ['metadata that nobody could hold', told({ m: { ut_metadata: 1 }, metadata_size: 2 ** 40 })],
    ['names that are no numbers', told({ m: { ut_metadata: [], ut_pex: 'x' }, metadata_size: 'x' })],
    [
      'blocks that nobody has asked for',
      Buffer.concat(Array.from({ length: 80 }, () => message(7, randomBytes(16_392)))),
    ],
  ])('ends the connection, and nothing else, when it is %s', async (_, said) => {
    const { peer, left } = await stranger(HASH, (socket) => socket.write(said));
    const failed = read(magnet(HASH, peer)).catch((error: unknown) => error);
    expect(await Promise.race([left, failed])).toBe('left');
    expect(await failed).toMatchObject({ code: 'TORRENT_NO_PEERS' });
  });

  it.each<[string, Buffer]>([
    ['an extension that is no dictionary', message(20, Buffer.from([0, 0x78]))],
    ['a dictionary that nests without end', message(20, Buffer.from(`\u0000${'l'.repeat(100_000)}`))],
    ['a request that breaks off', message(6, Buffer.alloc(3))],
    ['a message that is unknown', message(99, randomBytes(3_000))],
  ])('does no harm when it is %s', async (_, said) => {
    const file = await createFile();
    const { address } = await seedFile(file, { rate: 4_000_000 });
    const infoHash = new URL(address).searchParams.get('xt')?.slice(-40) ?? '';
    const { peer } = await stranger(infoHash, (socket) => socket.write(said));
    const { bytes } = await read(`${address}&x.pe=${peer}`);
    expect(bytes.equals(file.content)).toBe(true);
  });

  it('is no torrent although it has the hash that a link names, which costs that link only', async () => {
    const info = Buffer.from('d4:name');
    const infoHash = createHash('sha1').update(info).digest('hex');
    const { peer } = await stranger(infoHash, (socket) => {
      socket.write(told({ m: { ut_metadata: 1 }, metadata_size: info.length }));
      socket.write(metadata({ msg_type: 1, piece: 0, total_size: info.length }, info));
    });
    const engine = createEngine({});
    const open = (url: string): Promise<unknown> => engine.open({ url, start: 0, signal: SIGNAL });
    await expect(open(magnet(infoHash, peer))).rejects.toMatchObject({ code: 'TORRENT_ENGINE_FAILED' });
    const file = await createFile(100_000);
    await open((await seedFile(file)).address);
  });

  it('names peers of the own network, who are not called', async () => {
    const called: string[] = [];
    const inside = createServer((socket) => {
      called.push(socket.remoteAddress ?? '');
      socket.destroy();
    });
    inside.listen(0, '127.0.0.1');
    await once(inside, 'listening');
    onCleanUp(() => inside.close());
    const added = Buffer.from([127, 0, 0, 1, 0, 0]);
    added.writeUInt16BE((inside.address() as AddressInfo).port, 4);
    const { peer } = await stranger(HASH, (socket) => {
      socket.write(told({ m: { ut_metadata: 1, ut_pex: 2 }, metadata_size: 5_000 }));
      // Twice, which nobody may in a minute: it ends the connection, after the first was heard.
      const exchanged = message(20, Buffer.from([2]), encode({ added, 'added.f': Buffer.from([0]) }));
      socket.write(Buffer.concat([exchanged, exchanged]));
    });
    await expect(read(magnet(HASH, peer), {}, { find: ['exchange'] })).rejects.toMatchObject({
      code: 'TORRENT_NO_PEERS',
    });
    expect(called).toEqual([]);
  });
});
