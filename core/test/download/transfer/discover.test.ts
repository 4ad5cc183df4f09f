/** The first requests: who is asked, and what that teaches of its host. */
import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { Hosts } from '../../../src/download/transfer/hosts.ts';
import { codeOf, createRoom, download, expectDone, IMPATIENT, leavePart, type Room } from '../support.ts';
import { scripted } from './scripted.ts';

const MIB = 1024 * 1024;
const TAG = '"a"';
const UNKNOWN = { digests: {}, size: undefined };
/** Nobody is given up for being slow. */
const PATIENCE = { ...IMPATIENT, idleMs: 10_000, openMs: 10_000 };

function hostsOf({ engine }: Room): Hosts {
  const { clock, now } = engine.context;
  return new Hosts({ clock, now, perHost: 4, random: () => 0 });
}

describe('a file of which no digest is known', () => {
  it('comes from another mirror while the first one asks for patience', async () => {
    const room = await createRoom();
    const busy = await room.serve({ fault: { kind: 'status', status: 503, retryAfter: 600 } });
    const free = await room.serve();
    const patience = { ...PATIENCE, longestWaitMs: 3_600_000 };
    const { origins } = await download(room, [busy, free], UNKNOWN, { patience });
    await expectDone(room);
    expect(busy.requests.length).toBe(1);
    expect(origins.map(({ mirror }) => mirror)).toEqual([`${free.url}/image.iso`]);
  });

  it('and no length either, comes from another mirror as well', async () => {
    const room = await createRoom();
    const busy = await room.serve({ fault: { kind: 'status', status: 503, retryAfter: 600 } });
    const free = await room.serve({ fault: { kind: 'no-length' } });
    const patience = { ...PATIENCE, longestWaitMs: 3_600_000 };
    await download(room, [busy, free], UNKNOWN, { patience });
    await expectDone(room);
    expect(busy.requests.length).toBe(1);
  });

  it('waits for who sent what is here already', async () => {
    const room = await createRoom();
    const former = await room.serve({
      fault: { kind: 'status', status: 503, retryAfter: 1 },
      faultyRequests: (_, index) => index === 1,
    });
    const free = await room.serve();
    const url = `${former.url}/image.iso`;
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
    await leavePart(room, [[0, MIB]], { url, etag, digests: {} });
    expect(await download(room, [former, free], UNKNOWN, { patience: PATIENCE })).toMatchObject({ resumed: MIB });
    await expectDone(room);
    expect(free.requests).toEqual([]);
  });

  it('is never put together from two mirrors', async () => {
    const room = await createRoom(6 * MIB);
    const other = Buffer.from(room.content.map((byte) => byte ^ 0xff));
    const dying = scripted(room, 'odd', (_, index) => ({ etag: TAG, cut: index === 1 ? 2 * MIB : 0 }));
    const next = scripted(room, 'odder', () => ({ etag: TAG, bytes: other }));
    const code = await codeOf(download(room, [dying, next], UNKNOWN, { patience: PATIENCE }));
    if (code !== undefined) expect(code).toBe('DOWNLOAD_ALL_MIRRORS_FAILED');
    else expect((await readFile(room.destination)).equals(other)).toBe(true);
  });
});

describe('what the first requests teach', () => {
  it('counts for the breaker of the host', async () => {
    const room = await createRoom();
    const dead = await room.serve({ fault: { kind: 'status', status: 502 } });
    const hosts = hostsOf(room);
    for (let time = 0; time < 2; time++) {
      const work = download(
        room,
        [dead],
        { size: undefined },
        { hosts, patience: { ...PATIENCE, longestWaitMs: 1_000 } },
      );
      expect(await codeOf(work)).toMatch(/^DOWNLOAD_(ALL_MIRRORS_FAILED|RETRY_LATER)$/);
      if (hosts.at(dead.url).wait() > 1_000) break;
    }
    expect(hosts.at(dead.url).wait()).toBeGreaterThan(1_000);
    expect(dead.requests.length).toBe(5);
  });

  it('does not cost a host more connections than it may have', async () => {
    const room = await createRoom();
    const [full, free] = [await room.serve(), await room.serve()];
    const hosts = hostsOf(room);
    for (let count = 0; count < 4; count++) hosts.at(full.url).open();
    await download(room, [full, free], { size: undefined }, { hosts, patience: PATIENCE });
    await expectDone(room);
    expect(full.requests).toEqual([]);
  });
});
