import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';

import { describe, expect, it } from 'vitest';

import { createEngine } from '../src/torrent-engine.ts';
import {
  createFile,
  KiB,
  onCleanUp,
  peersOf,
  read,
  seedFile,
  seedWrongly,
  serve,
  serveTracker,
  SIGNAL,
  together,
  withTracker,
} from './support.ts';

describe('ranges of a torrent', () => {
  it('are brought, wherever they begin and end', async () => {
    const file = await createFile();
    const { address } = await seedFile(file);
    for (const [start, end] of [
      [0, undefined],
      [100, 200],
      [256 * KiB - 1, 256 * KiB + 1],
      [300_000, 1_200_000],
      [1_499_999, 1_500_000],
      [1_400_000, 9_000_000],
    ] as const) {
      const { bytes, total, start: from, end: to, fileName } = await read(address, { start, end });
      expect(bytes.equals(file.content.subarray(start, end))).toBe(true);
      expect({ total, from, to, fileName }).toEqual({
        total: 1_500_000,
        from: start,
        to: Math.min(end ?? 1_500_000, 1_500_000),
        fileName: 'image.iso',
      });
    }
  });

  it('says that a file has no such byte', async () => {
    const { address } = await seedFile(await createFile());
    await expect(read(address, { start: 1_500_000 })).rejects.toMatchObject({
      code: 'DOWNLOAD_RANGE_UNSATISFIABLE',
      cause: { status: 416, total: 1_500_000 },
    });
  });

  it('answers a condition by what identifies the torrent', async () => {
    const { address } = await seedFile(await createFile());
    const { validators } = await read(address, { end: 1 });
    expect(validators.etag).toBeDefined();
    expect(await read(address, { start: 9, end: 10, ifRange: validators.etag })).toMatchObject({ start: 9, end: 10 });
    expect(await read(address, { start: 9, end: 10, ifRange: '"other"' })).toMatchObject({ start: 0, end: 1_500_000 });
  });

  it('is aborted while it reads, and while it waits', async () => {
    const { address } = await seedFile(await createFile(), { rate: 400_000 });
    const [reading, waiting] = [new AbortController(), new AbortController()];
    const engine = createEngine({});
    const { body } = await engine.open({ url: address, start: 0, end: 100, signal: SIGNAL });
    for await (const _ of body);
    const opened = await engine.open({ url: address, start: 0, signal: reading.signal });
    const first = engine.open({ url: address, start: 1_400_000, signal: waiting.signal });
    reading.abort(new Error('enough'));
    waiting.abort(new Error('enough as well'));
    await expect(opened.body[Symbol.asyncIterator]().next()).rejects.toThrow('enough');
    await expect(first).rejects.toThrow('enough as well');
  });
});

describe('peers', () => {
  it('share the work', async () => {
    const file = await createFile(4_000_000);
    const offers = [];
    for (const rate of [1_500_000, 1_500_000, 1_500_000]) offers.push(await seedFile(file, { rate }));
    const { bytes } = await read(together(...offers));
    expect(bytes.equals(file.content)).toBe(true);
    for (const { given } of offers) expect(given).toBeGreaterThan(0);
  });

  it('that lie cost themselves only', async () => {
    const file = await createFile(4_000_000);
    const [liar, honest] = [await seedWrongly(file.content), await seedFile(file, { rate: 8_000_000 })];
    const { bytes } = await read(together(liar, honest));
    expect(bytes.equals(file.content)).toBe(true);
    expect(liar.given).toBeGreaterThan(0);
    // Banned after its first wrong piece, with what was on its way.
    expect(liar.given).toBeLessThan(2_000_000);
  });

  it('that all lie are nobody', async () => {
    const liar = await seedWrongly(randomBytes(1_000_000));
    await expect(read(liar.address)).rejects.toMatchObject({ code: 'TORRENT_NO_PEERS' });
  });

  it('that have another torrent are nobody', async () => {
    const [one, other] = [await seedFile(await createFile()), await seedFile(await createFile())];
    const [peer = ''] = peersOf(other);
    const address = one.address.replace(/x\.pe=.*$/, `x.pe=${encodeURIComponent(peer)}`);
    await expect(read(address)).rejects.toMatchObject({ code: 'TORRENT_NO_PEERS' });
  });

  it('that are not there are not waited for', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const address = `magnet:?xt=urn:btih:${'0'.repeat(40)}&x.pe=127.0.0.1:${port}`;
    await expect(read(address)).rejects.toMatchObject({ code: 'TORRENT_NO_PEERS' });
  });

  it('that leave are replaced by others', async () => {
    const file = await createFile(4_000_000);
    const [leaver, stayer] = [await seedFile(file), await seedFile(file, { rate: 4_000_000 })];
    const { body } = await createEngine({}).open({ url: together(leaver, stayer), start: 0, signal: SIGNAL });
    const chunks: Buffer[] = [];
    for await (const batch of body) {
      if (chunks.length === 0) await leaver.close();
      chunks.push(...batch.map((chunk) => Buffer.from(chunk)));
    }
    expect(Buffer.concat(chunks).equals(file.content)).toBe(true);
  });

  it('that speak another language are nobody, and what they say does no harm', async () => {
    const words = [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), randomBytes(4096), Buffer.alloc(0)];
    const ports: number[] = [];
    for (const word of words) {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.end(word);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onCleanUp(() => server.close());
      ports.push((server.address() as AddressInfo).port);
    }
    const peers = ports.map((port) => `x.pe=127.0.0.1:${port}`).join('&');
    const address = `magnet:?xt=urn:btih:${'0'.repeat(40)}&${peers}`;
    await expect(read(address)).rejects.toMatchObject({ code: 'TORRENT_NO_PEERS' });
  });
});

describe('a torrent file', () => {
  it('comes from the web, and its trackers are asked only when the user wants it', async () => {
    const file = await createFile();
    const offer = await seedFile(file);
    const tracker = await serveTracker(peersOf(offer));
    const url = await serve((_, response) =>
      response.end(withTracker(offer.description ?? Buffer.alloc(0), tracker.url)),
    );
    await expect(read(`torrent+${url}`)).rejects.toMatchObject({ code: 'TORRENT_NO_PEERS' });
    expect(tracker.asked).toEqual([]);
    const { bytes } = await read(`torrent+${url}`, {}, { find: ['tracker'] });
    expect(bytes.equals(file.content)).toBe(true);
    expect(tracker.asked[0]?.get('event')).toBe('started');
  });

  it('can name a peer of the settings no worse than a link', async () => {
    const file = await createFile();
    const offer = await seedFile(file);
    const url = await serve((_, response) => response.end(offer.description));
    const { bytes } = await read(`torrent+${url}`, {}, { peers: peersOf(offer) });
    expect(bytes.equals(file.content)).toBe(true);
  });

  it.each([
    ['no torrent', Buffer.from('<html>'), 'TORRENT_INVALID'],
    ['more than anybody needs', Buffer.alloc(5 * 1024 * KiB, 'x'), 'TORRENT_UNREACHABLE'],
  ])('is refused when it is %s', async (_, bytes, code) => {
    const url = await serve((__, response) => response.end(bytes));
    await expect(read(`torrent+${url}`)).rejects.toMatchObject({ code });
  });

  it('is not followed to hosts that are never asked, nor into less safety', async () => {
    const asked: string[] = [];
    const elsewhere = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(302, { location: `${elsewhere}secret` }).end());
    const mayFollow = (address: string): boolean => !address.startsWith(elsewhere);
    await expect(read(`torrent+${url}`, { mayFollow })).rejects.toMatchObject({ code: 'TORRENT_UNREACHABLE' });
    expect(asked).toEqual([]);
  });
});
