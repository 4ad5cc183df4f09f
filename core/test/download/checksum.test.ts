import { readFile, writeFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { createRoom, download } from './support.ts';

const failed = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason as Error,
  );

describe('a file with the wrong checksum', () => {
  it('never reaches its name, and the mirror is named', async () => {
    const room = await createRoom(1_500_000);
    const liar = await room.serve({ fault: { kind: 'wrong-bytes', at: 1_234_567 } });
    const error = await failed(download(room, [liar]));
    expect(error).toMatchObject({ code: 'DOWNLOAD_CHECKSUM', category: 'verification' });
    expect(error.message).toContain(`${liar.url}/image.iso`);
    expect(await room.list()).toEqual([]);
  });

  it('comes from the next mirror when the first one delivered all of it', async () => {
    const room = await createRoom(1_500_000);
    const liar = await room.serve({ fault: { kind: 'wrong-bytes', at: 5 } });
    const honest = await room.serve();
    await download(room, [liar, honest]);
    expect((await readFile(room.destination)).equals(room.content)).toBe(true);
    expect(liar.requests).toHaveLength(1);
    expect(honest.requests).toMatchObject([{ range: undefined }]);
    expect(room.heard('failover')).toMatchObject([
      { mirror: `${liar.url}/image.iso`, next: `${honest.url}/image.iso`, error: { code: 'DOWNLOAD_CHECKSUM' } },
    ]);
  });

  it('is fetched again from single mirrors when several delivered it', async () => {
    const room = await createRoom(1_500_000);
    const liar = await room.serve({ fault: { kind: 'drop', after: 400_000 }, content: Buffer.alloc(1_500_000) });
    const honest = await room.serve();
    await download(room, [liar, honest]);
    expect((await readFile(room.destination)).equals(room.content)).toBe(true);
    expect(honest.requests.map(({ range }) => range)).toEqual(['bytes=400000-', undefined]);
  });

  it('names every mirror that delivered all of it, and not those that could not', async () => {
    const room = await createRoom(1_500_000);
    const one = await room.serve({ fault: { kind: 'wrong-bytes', at: 5 } });
    const two = await room.serve({ fault: { kind: 'wrong-bytes', at: 6 } });
    const gone = await room.serve({ fault: { kind: 'status', status: 404 } });
    const error = await failed(download(room, [one, two, gone]));
    expect(error).toMatchObject({ code: 'DOWNLOAD_CHECKSUM' });
    expect(error.message).toContain(one.url);
    expect(error.message).toContain(two.url);
    expect(error.message).not.toContain(gone.url);
    expect([one, two, gone].map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
    expect(await room.list()).toEqual([]);
  });

  it('may be the fault of an earlier run', async () => {
    const room = await createRoom(1_500_000);
    await writeFile(`${room.destination}.part`, Buffer.alloc(100_000));
    const only = await room.serve();
    expect(await download(room, [only])).toMatchObject({ origins: [{ start: 0, end: 1_500_000 }] });
    expect(only.requests.map(({ range }) => range)).toEqual(['bytes=100000-', undefined]);
  });
});
