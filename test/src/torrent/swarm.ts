/** A file, peers and mirrors that have it, and an engine that knows both kinds, all on loopback. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  createEngine,
  downloadFile,
  offerFile,
  parseSettings,
  type DownloadJob,
  type DownloadOptions,
  type DownloadResult,
  type Engine,
  type EngineEvents,
  type Offer,
} from '@loopstick/core';

import { serveFolder, type FileServer, type ServeOptions } from '../servers/index.ts';

const PLUGINS: readonly string[] = ['transport-http', 'transport-torrent', 'mirror-ordered'].map((name) =>
  fileURLToPath(new URL(`../../../plugins/${name}`, import.meta.url)),
);

const SETTINGS = { mirrors: { strategy: 'ordered' } };

export interface SwarmStage {
  readonly folder: string;
  readonly engine: Engine;
  readonly content: Buffer;
  readonly sha256: string;
  readonly destination: string;
  /** What was emitted as `failover`: which mirror was given up, and why. */
  readonly failovers: EngineEvents['failover'][0][];
  /** A peer that gives at so many bytes a second. @param content what it has, when that is something else */
  peer(rate?: number, content?: Buffer): Promise<Offer>;
  /** A peer that had the file, and sends other bytes by now. */
  liar(): Promise<Offer>;
  /** @returns with its address of the file */
  mirror(options?: Omit<Partial<ServeOptions>, 'folder'>): Promise<FileServer & { readonly file: string }>;
  download(
    urls: readonly string[],
    options?: Partial<DownloadOptions> & { readonly job?: Partial<DownloadJob> },
  ): Promise<DownloadResult>;
  close(): Promise<void>;
}

export async function createSwarmStage(size: number): Promise<SwarmStage> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-swarm-'));
  const content = randomBytes(size);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const closing: (() => Promise<unknown>)[] = [];
  const failovers: EngineEvents['failover'][0][] = [];
  const engine = await createEngine({
    context: { env: { LOOPSTICK_HOME: join(folder, 'home') } },
    plugins: PLUGINS,
    settings: parseSettings(SETTINGS, 'test'),
  });
  engine.events.on('failover', (failover) => failovers.push(failover));
  const destination = join(folder, 'target', 'image.iso');

  const put = async (bytes: Buffer): Promise<string> => {
    const own = await mkdtemp(join(folder, 'has-'));
    await writeFile(join(own, 'image.iso'), bytes);
    return own;
  };
  const peer = async (rate?: number, bytes: Buffer = content): Promise<Offer> => {
    const file = join(await put(bytes), 'image.iso');
    const offer = await offerFile(engine, { ...OFFER, file, rate });
    closing.push(() => offer.close());
    return offer;
  };
  return {
    ...{ folder, engine, content, sha256, destination, failovers, peer },
    liar: async () => {
      const file = join(await put(content), 'image.iso');
      const offer = await offerFile(engine, { ...OFFER, file });
      closing.push(() => offer.close());
      const handle = await open(file, 'r+');
      await handle.write(randomBytes(size), 0, size, 0);
      await handle.close();
      return offer;
    },
    mirror: async (options = {}) => {
      const server = await serveFolder({ ...options, folder: await put(content) });
      closing.push(() => server.close());
      return { ...server, file: `${server.url}/image.iso` };
    },
    download: async (urls, { job, ...options } = {}) => {
      await mkdir(join(folder, 'target'), { recursive: true });
      const digests = { sha256 };
      const whole = { label: 'image', urls, size, digests, destination, ...job };
      return downloadFile(engine, whole, { signal: new AbortController().signal, ...options });
    },
    close: async () => {
      for (const close of closing.reverse()) await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const OFFER = { scheme: 'magnet', host: '127.0.0.1', signal: new AbortController().signal } as const;

/** One link with the peers of all these. */
export function together(offers: readonly Pick<Offer, 'address'>[]): string {
  const [first = '', ...others] = offers.map(({ address }) => address);
  const peers = others.flatMap((address) => new URL(address).searchParams.getAll('x.pe'));
  return [first, ...peers.map((peer) => `x.pe=${encodeURIComponent(peer)}`)].join('&');
}

/** Bytes of a result by the address that they came from. */
export function sharesOf({ origins }: DownloadResult): Map<string | undefined, number> {
  const shares = new Map<string | undefined, number>();
  for (const { mirror, start, end } of origins) shares.set(mirror, (shares.get(mirror) ?? 0) + end - start);
  return shares;
}
