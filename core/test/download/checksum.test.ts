import { describe, expect, it } from 'vitest';

import { createRoom, download, expectDone, leavePart, sentBy } from './support.ts';

const SIZE = 1_500_000;
/** What samples may cost in all. */
const SAMPLES = 512 * 1024;

const failed = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason as Error,
  );

describe('a file with the wrong checksum', () => {
  it('never reaches its name, and the mirror is named', async () => {
    const room = await createRoom(SIZE);
    const liar = await room.serve({ fault: { kind: 'wrong-bytes', at: 1_234_567 } });
    const error = await failed(download(room, [liar]));
    expect(error).toMatchObject({ code: 'DOWNLOAD_CHECKSUM', category: 'verification' });
    expect(error.message).toContain(`${liar.url}/image.iso`);
    expect(sentBy(liar)).toBeLessThan(SIZE + SAMPLES);
    expect(await room.list()).toEqual([]);
  });

  it('is made right by the other mirror, and the one that lied is named', async () => {
    const room = await createRoom(SIZE);
    const liar = await room.serve({ fault: { kind: 'wrong-bytes', at: 5 } });
    const honest = await room.serve({ rate: SIZE * 4 });
    await download(room, [liar, honest]);
    await expectDone(room);
    expect(room.heard('failover')).toMatchObject([
      { mirror: `${liar.url}/image.iso`, next: `${honest.url}/image.iso`, error: { code: 'DOWNLOAD_CHECKSUM' } },
    ]);
    expect(sentBy(liar, honest)).toBeLessThan(3 * SIZE);
  });

  it('is not what decides when who sent its beginning is gone', async () => {
    const room = await createRoom(SIZE);
    const liar = await room.serve({ fault: { kind: 'drop', after: 100_000 }, content: Buffer.alloc(SIZE) });
    const honest = await room.serve();
    await download(room, [liar, honest]);
    await expectDone(room);
    expect(room.heard('failover').map(({ mirror }) => mirror)).not.toContain(`${honest.url}/image.iso`);
    expect(sentBy(honest)).toBeLessThan(SIZE + 2 * SAMPLES);
  });

  it('names every mirror that delivered some of it, and not those that could not', async () => {
    const room = await createRoom(SIZE);
    const one = await room.serve({ fault: { kind: 'wrong-bytes', at: 5 } });
    const two = await room.serve({ fault: { kind: 'wrong-bytes', at: 6 } });
    const gone = await room.serve({ fault: { kind: 'status', status: 404 } });
    const error = await failed(download(room, [one, two, gone]));
    expect(error).toMatchObject({ code: 'DOWNLOAD_CHECKSUM' });
    expect(error.message).toContain(one.url);
    expect(error.message).toContain(two.url);
    expect(error.message).not.toContain(gone.url);
    // Once at first, and once more before it is given up.
    expect(gone.requests.length).toBeLessThanOrEqual(2);
    // Each share from the other one, and each file as a whole.
    expect(sentBy(one, two)).toBeLessThan(4 * SIZE + SAMPLES);
    expect(await room.list()).toEqual([]);
  });

  it.each([
    ['of an address that is asked again', true],
    ['of an address that is not', false],
  ])('may be the fault of an earlier run, and %s', async (_, isAsked) => {
    const room = await createRoom(SIZE);
    const only = await room.serve();
    const url = isAsked ? { url: `${only.url}/image.iso` } : {};
    await leavePart(room, [[0, 1_048_576]], { bytes: Buffer.alloc(SIZE), ...url });
    expect(await download(room, [only])).toMatchObject({ origins: [{ start: 0, end: SIZE }] });
    await expectDone(room);
    expect(sentBy(only)).toBeLessThan(2 * SIZE);
  });
});
