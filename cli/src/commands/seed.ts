import { basename, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  failure,
  formatBytes,
  loadCatalog,
  offerFile,
  openLibrary,
  selectImage,
  torrentAddresses,
  whileReading,
  type Engine,
  type Offer,
} from '@loopstick/core';

import { rateOf } from '../amount-options.ts';
import { CLI_ERRORS } from '../cli-errors.ts';
import { showProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { isPath } from '../wishes.ts';
import { writeNew } from '../write-new.ts';

const COMMAND = 'loopstick seed';
const LOOK_MS = 1000;

interface SeedOptions {
  readonly torrent?: string;
  readonly own?: boolean;
  readonly host?: string;
  readonly port?: string;
  readonly limitRate?: string;
  readonly saveTorrent?: string;
}

/** A file that is given, and as what. */
interface Gift {
  readonly file: string;
  readonly name: string;
  /** Of the torrent that others have; undefined when one is made. */
  readonly address: string | undefined;
  /** Of the library, which must not throw it away meanwhile. */
  readonly sha256: string | undefined;
}

/** Gives an image of the library, or any file, to others until it is interrupted. */
export async function seed(session: Session, [word = '']: readonly string[], options: SeedOptions): Promise<void> {
  const { terminal, signal } = session;
  const port = portOf(options.port);
  const rate = options.limitRate === undefined ? undefined : rateOf(options.limitRate, '--limit-rate', COMMAND);
  if (options.own === true && options.torrent !== undefined) {
    throw failure(CLI_ERRORS.usage, { problem: '--own makes a torrent, and --torrent names one', command: COMMAND });
  }
  const engine = await session.engine();
  const gift = await giftOf(engine, word, options, signal);
  const { file, name, address, sha256 } = gift;
  await whileReading(engine, sha256 === undefined ? [] : [sha256], { signal }, async () => {
    const stop = showProgress(engine.events, terminal);
    const request = { file, name, address, port, rate, host: options.host, scheme: 'magnet', signal };
    const offer = await offerFile(engine, request).finally(stop);
    try {
      if (options.saveTorrent !== undefined && offer.description !== undefined) {
        await writeNew(options.saveTorrent, offer.description);
      }
      terminal.data(offer.address);
      terminal.objectLine({ file, address: offer.address });
      terminal.note('Others can have it now with: loopstick download --url "that link". Ctrl-C ends it.');
      await watch(session, offer);
    } finally {
      await offer.close();
    }
  });
}

/** Shows what is given, until it is interrupted. */
async function watch({ terminal, signal }: Session, offer: Offer): Promise<void> {
  while (!signal.aborted) {
    const line = `Given: ${formatBytes(offer.given)}. Connected: ${offer.takers}.`;
    if (terminal.interactive) terminal.status([line]);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  terminal.status([]);
  terminal.note(`Given: ${formatBytes(offer.given)}.`);
}

/** @throws LoopstickError CLI_NOT_IN_LIBRARY, CATALOG_… */
async function giftOf(engine: Engine, word: string, options: SeedOptions, signal: AbortSignal): Promise<Gift> {
  if (isPath(word)) {
    const file = resolve(word);
    return { file, name: basename(file), address: options.torrent, sha256: undefined };
  }
  const catalog = await loadCatalog(engine, { signal });
  const { image } = selectImage(catalog, word, engine.context.now());
  const { sha256 } = image.checksums;
  const found = await openLibrary(engine).find(sha256, { signal });
  if (found === undefined) throw failure(CLI_ERRORS.notInLibrary, { image: image.id });
  const [theirs] = options.own === true ? [] : torrentAddresses(image, { torrents: true });
  return { file: found.path, name: image.file, address: options.torrent ?? theirs, sha256 };
}

function portOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (port >= 1 && port <= 65_535) return port;
  const problem = 'it is not a port from 1 to 65535';
  throw failure(CLI_ERRORS.badValue, { option: '--port', value, problem, command: COMMAND });
}
