import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

import { createRoom, ENTRY, PLUGINS } from './support.ts';

// A file system of its own, as small as wanted, needs no root where user namespaces are allowed.
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

const SAMPLE = 64 * 1024;

/** Of `bytes=first-last`; a range without an end is the rest of the file. */
function lengthOf(range: string | undefined): number {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return first === undefined || last === undefined ? Infinity : Number(last) - Number(first) + 1;
}

it.skipIf(!canMount)('a disk that fills up stops the download at once, with the system’s code', async () => {
  // The disk is full before anybody has brought his first lease, of 4 MiB.
  const room = await createRoom(10_000_000);
  const servers = [await room.serve(), await room.serve()];
  const { content, sha256 } = room;
  const urls = servers.map(({ url }) => `${url}/image.iso`);
  const job = { label: 'x', urls, size: content.length, digests: { sha256 }, destination: '/mnt/image.iso' };
  const program = `
    import { readdirSync } from 'node:fs';
    const { createEngine, downloadFile } = await import(${JSON.stringify(ENTRY)});
    const engine = await createEngine({ plugins: ${JSON.stringify(PLUGINS)} });
    const options = { signal: new AbortController().signal, freeSpace: async () => Infinity };
    const error = await downloadFile(engine, ${JSON.stringify(job)}, options).catch((reason) => reason);
    console.log(JSON.stringify({ code: error.code, files: readdirSync('/mnt') }));
  `;
  const script = 'mount -t tmpfs -o size=2m tmpfs /mnt && exec "$0" --input-type=module -e "$1"';
  const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script, process.execPath, program], {
    env: { ...process.env, LOOPSTICK_HOME: `${room.folder}/home` },
    timeout: 20_000,
  });
  expect(JSON.parse(stdout)).toEqual({ code: 'ENOSPC', files: ['image.iso.part', 'image.iso.part.resume'] });
  // One lease of each, and none after the disk has said no. Samples that prove a mirror are smaller.
  for (const { requests } of servers) {
    const leases = requests.filter(({ range }) => lengthOf(range) > SAMPLE);
    expect(leases.length).toBeLessThanOrEqual(1);
    expect(requests.length - leases.length).toBeLessThanOrEqual(2);
  }
});
