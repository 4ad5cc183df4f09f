import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';

import { describe, expect, it } from 'vitest';

import {
  createFile,
  createFolder,
  onCleanUp,
  peersOf,
  read,
  seedFile,
  serve,
  serveTracker,
  withTracker,
} from './support.ts';

const QUIET = ['--no-conf', '--enable-dht=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false', '--quiet'];

describe('who seeds', () => {
  it('names the same torrent for the same file, and another one for another', async () => {
    const file = await createFile(700_000);
    const hash = ({ address }: { address: string }): string | null => new URL(address).searchParams.get('xt');
    const [one, again] = [await seedFile(file), await seedFile(file)];
    expect(hash(one)).toBe(hash(again));
    expect(hash(await seedFile(await createFile(700_000)))).not.toBe(hash(one));
  });

  it('gives by the torrent of somebody else, when the file is what that says', async () => {
    const [file, other] = [await createFile(), await createFile()];
    const { description } = await seedFile(file);
    const url = await serve((_, response) => response.end(description));
    const offer = await seedFile(file, { address: `torrent+${url}` });
    expect((await read(offer.address)).bytes.equals(file.content)).toBe(true);
    expect(offer.given).toBeGreaterThanOrEqual(file.content.length);
    await expect(seedFile(other, { address: `torrent+${url}` })).rejects.toMatchObject({
      code: 'TORRENT_OTHER_CONTENT',
    });
  });

  it('begins anew, where it can be reached, when its engine has failed', async () => {
    const engines: Worker[] = [];
    const onWorker = (engine: Worker): void => void engines.push(engine);
    process.on('worker', onWorker);
    onCleanUp(() => process.off('worker', onWorker));
    const file = await createFile();
    const offer = await seedFile(file);
    const [first] = engines;
    if (first === undefined) throw new Error('there is no engine');
    // What no order looks like.
    first.postMessage({ kind: 'call', peers: undefined });
    // Not `once` of events, which takes its error for one of ours.
    await new Promise((resolve) => first.once('exit', resolve));
    const [, second] = engines;
    if (second === undefined) throw new Error('there is no second one');
    await once(second, 'message');
    await expect.poll(async () => (await read(offer.address)).bytes.equals(file.content)).toBe(true);
  });

  it('keeps to its limit', async () => {
    const file = await createFile(1_000_000);
    const { address } = await seedFile(file, { rate: 1_000_000 });
    const began = performance.now();
    await read(address);
    // A quarter of a second may be saved up.
    expect(performance.now() - began).toBeGreaterThan(600);
  });
});

describe('another program', () => {
  it('takes a file from us', { timeout: 60_000 }, async () => {
    const file = await createFile(3_000_000);
    const offer = await seedFile(file);
    const tracker = await serveTracker(peersOf(offer));
    const folder = await createFolder();
    const torrent = join(folder, 'image.torrent');
    await writeFile(torrent, withTracker(offer.description ?? Buffer.alloc(0), tracker.url));
    const aria2 = spawn('aria2c', [...QUIET, '--seed-time=0', '-d', folder, torrent], { stdio: 'ignore' });
    onCleanUp(() => aria2.kill('SIGKILL'));
    expect(await once(aria2, 'exit')).toEqual([0, null]);
    expect((await readFile(join(folder, 'image.iso'))).equals(file.content)).toBe(true);
    expect(offer.given).toBeGreaterThanOrEqual(file.content.length);
  });

  it('gives a file to us', { timeout: 60_000 }, async () => {
    const file = await createFile(3_000_000);
    const offer = await seedFile(file);
    const folder = await createFolder();
    const torrent = join(folder, 'image.torrent');
    // It tells the tracker at which port it can be reached, and the tracker tells us.
    const peers: string[] = [];
    const tracker = await serveTracker(peers);
    await writeFile(torrent, withTracker(offer.description ?? Buffer.alloc(0), tracker.url));
    await writeFile(join(folder, 'image.iso'), file.content);
    const seeding = ['--seed-ratio=0.0', '--check-integrity=true', '--listen-port=20000-40000', '-d', folder, torrent];
    const aria2 = spawn('aria2c', [...QUIET, ...seeding], { stdio: 'ignore' });
    onCleanUp(() => aria2.kill('SIGKILL'));
    while (tracker.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const peer = `127.0.0.1:${tracker.asked[0]?.get('port') ?? ''}`;
    const address = offer.address.replace(/x\.pe=.*$/, `x.pe=${encodeURIComponent(peer)}`);
    expect((await read(address)).bytes.equals(file.content)).toBe(true);
    expect(offer.given).toBe(0);
  });
});
