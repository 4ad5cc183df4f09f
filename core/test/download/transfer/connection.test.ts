/** How pieces are proven to be of one file, from the first request to the last byte. */
import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import {
  createRoom,
  download as downloadFrom,
  expectDone,
  IMPATIENT,
  leavePart,
  sentBy,
  sha256Of,
  type Room,
} from '../support.ts';
import type { DownloadJob, DownloadOptions, DownloadResult } from '../../../src/download/job.ts';
import { scripted, type Asked, type Said } from './scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 6 * MIB + 99;
const DATE = 'Sat, 01 Jan 2022 00:00:00 GMT';
const TAG = '"a"';
const SAMPLES = 128 * 1024;

function download(
  room: Room,
  mirrors: readonly { url: string }[],
  job: Partial<DownloadJob> = {},
  options: Partial<DownloadOptions> = {},
): Promise<DownloadResult> {
  const patience = { ...IMPATIENT, idleMs: 10_000, openMs: 10_000 };
  return downloadFrom(room, mirrors, job, { patience, ...options });
}

const other = (room: Room): Buffer => Buffer.from(room.content.map((byte) => byte ^ 0xff));
const taken = (asked: readonly Asked[]): number => asked.reduce((sum, { taken: bytes }) => sum + bytes, 0);
const conditions = (asked: readonly Asked[]): (string | undefined)[] => asked.map(({ ifRange }) => ifRange);
const failed = async (work: Promise<unknown>): Promise<Error & { code?: string }> =>
  work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  );

/** A server that knows these values for If-Range, and sends the whole file otherwise. */
const understanding =
  (known: readonly string[], said: Said) =>
  ({ ifRange }: Asked): Said => ({ ...said, isWhole: ifRange !== undefined && !known.includes(ifRange) });

describe('what goes on with the bytes of an earlier run', () => {
  it('asks for the rest on the condition that the strong tag is still the same', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', understanding([TAG], { etag: TAG }));
    await leavePart(room, [[0, 2 * MIB]], { url: `${mirror.url}/image.iso`, etag: TAG });
    await download(room, [mirror]);
    await expectDone(room);
    expect(mirror.asked[0]).toMatchObject({ start: 2 * MIB, ifRange: TAG });
    expect(taken(mirror.asked)).toBe(SIZE - 2 * MIB);
  });

  it('asks on the condition of the date where there is no tag', async () => {
    const room = await createRoom(SIZE);
    const said = { lastModified: DATE, dateIsStrong: true };
    const mirror = scripted(room, 'odd', understanding([DATE], said));
    await leavePart(room, [[0, 2 * MIB]], { url: `${mirror.url}/image.iso`, lastModified: DATE });
    await download(room, [mirror]);
    await expectDone(room);
    expect(mirror.asked[0]).toMatchObject({ start: 2 * MIB, ifRange: DATE });
    expect(taken(mirror.asked)).toBe(SIZE - 2 * MIB);
  });

  it('takes samples where there is nothing to make a condition of', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', () => ({}));
    await leavePart(room, [[0, 2 * MIB]], { url: `${mirror.url}/image.iso` });
    await download(room, [mirror]);
    await expectDone(room);
    expect(mirror.asked[0]?.start).toBeLessThan(2 * MIB);
    expect(taken(mirror.asked)).toBeLessThanOrEqual(SIZE - 2 * MIB + SAMPLES);
  });

  it('begins anew when the file is another one, and its digest is wanted', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', understanding(['"b"'], { etag: '"b"' }));
    const was = { url: `${mirror.url}/image.iso`, etag: TAG, bytes: other(room) };
    await leavePart(room, [[0, 2 * MIB]], was);
    await download(room, [mirror]);
    await expectDone(room);
  });

  it('does without another mirror that has an older file of the same size', async () => {
    const room = await createRoom(SIZE);
    const stale = await room.serve({ content: other(room) });
    const good = await room.serve({ rate: 8 * MIB });
    await leavePart(room, [[0, 2 * MIB]]);
    await download(room, [stale, good]);
    await expectDone(room);
    // It is found out by samples, those of two connections at most, before it has contributed.
    expect(sentBy(stale)).toBeLessThanOrEqual(2 * SAMPLES);
    expect(room.heard('failover')).toMatchObject([
      { mirror: `${stale.url}/image.iso`, error: { code: 'DOWNLOAD_DIFFERENT_FILE' } },
    ]);
  });
});

describe('a server that answers a condition with the whole file although nothing has changed', () => {
  it.each<[string, readonly string[], readonly (string | undefined)[]]>([
    ['because it understands only dates, is asked by date', [DATE], [TAG, DATE]],
    ['because it understands nothing, is asked without', [], [TAG, DATE, undefined]],
  ])('%s', async (_, known, asked) => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', understanding(known, { etag: TAG, lastModified: DATE, dateIsStrong: true }));
    await leavePart(room, [[0, 2 * MIB]], { url: `${mirror.url}/image.iso`, etag: TAG, lastModified: DATE });
    await download(room, [mirror]);
    await expectDone(room);
    expect(conditions(mirror.asked).slice(0, asked.length)).toEqual(asked);
    // Nothing of the whole files is read, and the server is not asked in vain a second time.
    expect(taken(mirror.asked)).toBeLessThan(SIZE - 2 * MIB + SAMPLES);
    expect(conditions(mirror.asked).filter((condition) => condition === TAG)).toHaveLength(1);
  });
});

describe('a tag that changes half-way', () => {
  /** Breaks off once, so that there is a second request. */
  const changing =
    (after: number, then: Said) =>
    (_: Asked, index: number): Said =>
      index < after ? { etag: TAG, cut: 2.5 * MIB } : { etag: '"b"', ...then };

  it('for the same bytes stops nothing', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', (asked, index) => {
      const said = changing(1, {})(asked, index);
      return { ...said, isWhole: asked.ifRange !== undefined && asked.ifRange !== said.etag };
    });
    await download(room, [mirror]);
    await expectDone(room);
    expect(taken(mirror.asked)).toBeLessThan(SIZE + 2 * SAMPLES + MIB);
  });

  it('for other bytes never ends as the file', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', changing(1, { bytes: other(room) }));
    const error = await failed(download(room, [mirror]));
    expect(['DOWNLOAD_ALL_MIRRORS_FAILED', 'DOWNLOAD_CHECKSUM']).toContain(error.code);
    expect(error.message).toContain('mirror.example');
    expect(await room.list()).not.toContain('image.iso');
  });

  it('for the bytes that are wanted ends as the file', async () => {
    const room = await createRoom(SIZE);
    const bytes = other(room);
    const mirror = scripted(room, 'odd', changing(1, { bytes }));
    await download(room, [mirror], { digests: { sha256: sha256Of(bytes) } });
    await expectDone(room, bytes);
  });

  it('for other bytes leaves the work to another mirror, and is the reason that is told', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', changing(1, { bytes: other(room) }));
    const good = await room.serve({ rate: 2 * MIB });
    // Two connections to the other one would leave none to ask this one again.
    await download(room, [mirror, good], {}, { connections: { perJob: 4, perHost: 1 } });
    await expectDone(room);
    const told = room.heard('failover').filter(({ error: { code } }) => code !== 'DOWNLOAD_CONNECTION');
    expect(told.map(({ mirror: name }) => name)).toContain(`${mirror.url}/image.iso`);
    expect(told.map(({ mirror: name }) => name)).not.toContain(`${good.url}/image.iso`);
  });

  it('and with every answer stops nothing', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', ({ ifRange }, index) => ({
      etag: `"${index}"`,
      isWhole: ifRange !== undefined,
      ...(index < 2 && { cut: 1.5 * MIB }),
    }));
    await download(room, [mirror]);
    await expectDone(room);
    expect(taken(mirror.asked)).toBeLessThan(SIZE + 4 * SAMPLES + MIB);
  });

  it('counts where redirects lead to the same server only', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', (_, index) => ({
      etag: `"${index % 2}"`,
      address: `https://node-${index % 2}.example/image.iso`,
      cut: 2 * MIB,
    }));
    await download(room, [mirror]);
    await expectDone(room);
    expect(taken(mirror.asked)).toBeLessThan(SIZE + MIB);
  });
});

describe('what servers say of a file', () => {
  it('as a weak tag is no condition', async () => {
    const room = await createRoom(SIZE);
    const fault = [{ kind: 'weak-etag' }, { kind: 'drop', after: 2 * MIB }] as const;
    const server = await room.serve({ fault });
    await download(room, [server]);
    await expectDone(room);
    expect(server.requests.length).toBeGreaterThan(2);
    expect(server.requests.flatMap(({ headers }) => headers['if-range'] ?? [])).toEqual([]);
  });

  it('as a digest that is not the wanted one spares its bytes', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', () => ({ digests: { sha256: '0'.repeat(64) } }));
    const good = await room.serve({ rate: 8 * MIB });
    await download(room, [mirror, good]);
    await expectDone(room);
    expect(taken(mirror.asked)).toBe(0);
    expect(room.heard('failover')).toMatchObject([
      { mirror: `${mirror.url}/image.iso`, error: { code: 'DOWNLOAD_DIFFERENT_FILE' } },
    ]);
  });

  it('as a digest of another kind, or the right one, is no reason against it', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', () => ({ digests: { sha256: room.sha256, md5: '0'.repeat(32) } }));
    await download(room, [mirror]);
    await expectDone(room);
  });

  it('as another size in a 416 is named as that', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', () => ({ unsatisfiable: 1_000 }));
    const good = await room.serve({ rate: 8 * MIB });
    await download(room, [mirror, good]);
    await expectDone(room);
    expect(room.heard('failover')[0]).toMatchObject({
      mirror: `${mirror.url}/image.iso`,
      error: { code: 'DOWNLOAD_SIZE_MISMATCH' },
    });
  });
});

describe('a file of which no digest is known', () => {
  const unknown = { digests: {}, size: undefined };

  it('comes from one address, in several requests where it has a strong tag', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', (asked, index) => ({
      ...understanding([TAG], { etag: TAG })(asked),
      ...(index === 1 && { cut: 2 * MIB }),
    }));
    const second = await room.serve();
    expect(await download(room, [mirror, second], unknown)).toMatchObject({ verified: false });
    await expectDone(room);
    expect(second.requests).toEqual([]);
    expect(taken(mirror.asked)).toBeLessThan(SIZE + 10);
    // From the second one on, each is on the condition that the file is the same.
    expect(new Set(conditions(mirror.asked.slice(1)))).toEqual(new Set([TAG]));
  });

  it('comes as one stream where it has nothing to be recognised by, and starts again when that breaks off', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', (_, index) => (index === 1 ? { cut: 2 * MIB } : {}));
    await download(room, [mirror], unknown);
    await expectDone(room);
    for (const { start } of mirror.asked) expect(start).toBe(0);
    expect(Math.max(...room.heard('transfer').map(({ connections }) => connections))).toBeLessThanOrEqual(1);
  });

  it.each<[string, (bytes: Buffer, tag: string) => Said]>([
    ['and says so', (bytes, etag) => ({ bytes, etag })],
    [
      'and says it by date',
      (bytes, tag) => ({
        bytes,
        lastModified: tag === TAG ? DATE : 'Sun, 02 Jan 2022 00:00:00 GMT',
        dateIsStrong: true,
      }),
    ],
    ['without a sign', (bytes) => ({ bytes })],
  ])('is never mixed when it changes half-way %s', async (_, said) => {
    const room = await createRoom(SIZE);
    const [before, after] = [room.content, other(room)];
    for (const ignoresConditions of [true, false]) {
      const scheme = ignoresConditions ? 'odd' : 'odder';
      const mirror = scripted(room, scheme, ({ ifRange }, index) => {
        const now = index < 2 ? said(before, TAG) : said(after, '"b"');
        const isKnown = ifRange === undefined || ifRange === now.etag || ifRange === now.lastModified;
        return { ...now, isWhole: !ignoresConditions && !isKnown, ...(index === 1 && { cut: 2 * MIB }) };
      });
      const error = await failed(download(room, [mirror], { ...unknown, replace: true }));
      if (error.code === undefined) await expectDone(room, after);
      else {
        expect(error.code).toBe('DOWNLOAD_ALL_MIRRORS_FAILED');
        expect(await room.list()).not.toContain('image.iso');
      }
    }
  });

  it.each<[string, object, Said]>([
    ['another tag', { etag: TAG }, { etag: '"b"' }],
    ['another date', { lastModified: DATE }, { lastModified: 'Sun, 02 Jan 2022 00:00:00 GMT', dateIsStrong: true }],
    ['nothing, as before', {}, {}],
  ])('is begun anew when the next run finds %s', async (_, was, now) => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', () => now);
    const left = { url: `${mirror.url}/image.iso`, bytes: other(room), digests: {}, ...was };
    await leavePart(room, [[0, 2 * MIB]], left);
    await download(room, [mirror], unknown);
    await expectDone(room);
  });

  it('is begun anew when the next run finds no tag any more', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', () => ({}));
    await leavePart(room, [[0, 2 * MIB]], {
      url: `${mirror.url}/image.iso`,
      bytes: other(room),
      digests: {},
      etag: TAG,
    });
    await download(room, [mirror], unknown);
    await expectDone(room);
  });

  it('is gone on with when the next run finds the same tag', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', understanding([TAG], { etag: TAG }));
    await leavePart(room, [[0, 2 * MIB]], { url: `${mirror.url}/image.iso`, etag: TAG, digests: {} });
    expect(await download(room, [mirror], unknown)).toMatchObject({ resumed: 2 * MIB });
    await expectDone(room);
    expect(taken(mirror.asked)).toBeLessThan(SIZE - 2 * MIB + 10);
  });

  it('is not put together from where redirects lead in turn', async () => {
    const room = await createRoom(SIZE);
    const files = [room.content, other(room)] as const;
    const mirror = scripted(room, 'odd', ({ url }, index) => {
      const node = /node-(\d)/.exec(url)?.[1] ?? String(index % 2);
      return {
        bytes: files[Number(node)] ?? room.content,
        etag: TAG,
        address: `odd://node-${node}.example/image.iso`,
        cut: 2 * MIB,
      };
    });
    const error = await failed(download(room, [mirror], unknown));
    if (error.code === undefined) {
      const there = await readFile(room.destination);
      expect(files.some((file) => there.equals(file))).toBe(true);
    } else {
      expect(error.code).toBe('DOWNLOAD_ALL_MIRRORS_FAILED');
      expect(await room.list()).not.toContain('image.iso');
    }
  });

  it('comes whole from where the first redirect led to', async () => {
    const room = await createRoom(SIZE);
    const mirror = scripted(room, 'odd', ({ url, ifRange }, index) => {
      const node = /node-(\d)/.exec(url)?.[1] ?? String(index % 2);
      const bytes = node === '0' ? room.content : other(room);
      const etag = `"${node}"`;
      const isWhole = ifRange !== undefined && ifRange !== etag;
      return { bytes, etag, isWhole, address: `odd://node-${node}.example/image.iso` };
    });
    await download(room, [mirror], unknown);
    await expectDone(room);
    expect(new Set(mirror.asked.slice(1).map(({ url }) => url))).toEqual(new Set(['odd://node-0.example/image.iso']));
  });
});
