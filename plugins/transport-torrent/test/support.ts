import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RateLimiter, type Offer, type OfferRequest, type RangeRequest, type RangeResponse } from '@loopstick/core';
import { afterEach } from 'vitest';

import { encode, type Encodable } from '../src/format/bencode.ts';
import { createEngine } from '../src/torrent-engine.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanUps.splice(0).reverse()) await clean();
});

export function onCleanUp(clean: () => unknown): void {
  cleanUps.push(clean);
}

export const SIGNAL: AbortSignal = new AbortController().signal;
export const KiB = 1024;

/** A folder for one test. */
export async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-torrent-'));
  onCleanUp(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestFile {
  readonly path: string;
  readonly content: Buffer;
}

export async function createFile(size: number = 1_500_000): Promise<TestFile> {
  const path = join(await createFolder(), 'image.iso');
  const content = randomBytes(size);
  await writeFile(path, content);
  return { path, content };
}

/** A peer that has all of a file. @param rate bytes a second */
export async function seedFile(
  { path }: TestFile,
  options: Partial<OfferRequest> & { readonly rate?: number } = {},
): Promise<Offer> {
  const { rate, ...request } = options;
  const limiter = new RateLimiter({ clock: () => performance.now(), rate });
  const offer = await createEngine({}).offer({ file: path, host: '127.0.0.1', limiter, signal: SIGNAL, ...request });
  onCleanUp(() => offer.close());
  return offer;
}

/** A peer that had the file when it looked through it, and sends something else now. */
export async function seedWrongly(content: Buffer): Promise<Offer> {
  const file = await createFile(0);
  await writeFile(file.path, content);
  const offer = await seedFile(file);
  const handle = await open(file.path, 'r+');
  await handle.write(randomBytes(content.length), 0, content.length, 0);
  await handle.close();
  return offer;
}

/** One link with the peers of all of them. */
export function together(...offers: readonly Pick<Offer, 'address'>[]): string {
  const [first = '', ...others] = offers.map(({ address }) => address);
  const peers = others.flatMap((address) => new URL(address).searchParams.getAll('x.pe'));
  return [first, ...peers.map((peer) => `x.pe=${encodeURIComponent(peer)}`)].join('&');
}

/** A range, to its end. */
export async function read(
  url: string,
  range: Partial<RangeRequest> = {},
  options: Readonly<Record<string, readonly string[]>> = {},
): Promise<RangeResponse & { readonly bytes: Buffer }> {
  const response = await createEngine(options).open({ url, start: 0, signal: SIGNAL, ...range });
  return { ...response, bytes: await bytesOf(response) };
}

async function bytesOf({ body }: Pick<RangeResponse, 'body'>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const batch of body) chunks.push(...batch.map((chunk) => Buffer.from(chunk)));
  return Buffer.concat(chunks);
}

/** A server on loopback. @returns its address, with a slash at the end */
export async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A torrent file that names a tracker besides. */
export function withTracker(description: Uint8Array, announce: string): Buffer {
  // "announce" comes before "info", and that is all that a dictionary's order asks for.
  const entry = encode(announce).toString('latin1');
  return Buffer.from(`d8:announce${entry}${Buffer.from(description).toString('latin1').slice(1)}`, 'latin1');
}

/** A tracker that knows these peers, `127.0.0.1:port`; `asked` has the queries. */
export async function serveTracker(peers: readonly string[]): Promise<{ url: string; asked: URLSearchParams[] }> {
  const asked: URLSearchParams[] = [];
  const answer: Encodable = { interval: 1800, peers: Buffer.concat(peers.map(compact)) };
  const url = await serve((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://x').searchParams);
    response.end(encode(answer));
  });
  return { url: `${url}announce`, asked };
}

/** Addresses in an offer's link. */
export function peersOf({ address }: Pick<Offer, 'address'>): string[] {
  return new URL(address).searchParams.getAll('x.pe');
}

function compact(peer: string): Buffer {
  const [host = '', port] = peer.split(':');
  const bytes = Buffer.alloc(6);
  for (const [index, byte] of host.split('.').entries()) bytes[index] = Number(byte);
  bytes.writeUInt16BE(Number(port), 4);
  return bytes;
}
