import { describe, expect, it } from 'vitest';

import type { TransferReport } from '../../../src/download/job.ts';
import { Reporter } from '../../../src/download/transfer/reporter.ts';
import { codeOf, createRoom, download } from '../support.ts';
import { scripted } from './scripted.ts';

const MIB = 1024 * 1024;

function scene() {
  const told: TransferReport[] = [];
  let now = 0;
  const reporter = new Reporter(
    'test/1/live/amd64',
    0,
    () => now,
    (report) => told.push(report),
  );
  const report = (done: number, total: number, received: number): TransferReport | undefined => {
    now += 1000;
    reporter.report(done, total, received, []);
    return told.at(-1);
  };
  return { report };
}

describe('what is reported as done', () => {
  it('stays when pieces are dropped, and what is left is told as it is', () => {
    const { report } = scene();
    report(600, 1000, 600);
    const fallen = report(200, 1000, 700);
    expect(fallen).toMatchObject({ done: 600, total: 1000 });
    expect(fallen?.eta).toBeGreaterThan(800 / (fallen?.speed ?? 1) - 0.001);
    expect(report(700, 1000, 1200)).toMatchObject({ done: 700, total: 1000 });
  });

  it('is never more than the total, also of a file that turns out to be smaller', () => {
    const { report } = scene();
    report(1000, 1000, 1000);
    expect(report(300, 900, 1300)).toMatchObject({ done: 1000, total: 1000 });
  });

  it.each([
    ['longer', 6 * MIB + 100_000],
    ['shorter', 5 * MIB],
  ])('does not fall in a download when a %s file was the wrong one', async (_, length) => {
    const room = await createRoom(6 * MIB);
    const long = Buffer.concat([room.content, Buffer.alloc(MIB)]);
    const bytes = Buffer.from(long.subarray(0, length)).fill('old', 0, MIB);
    const wrong = [1, 2].map((index) => scripted(room, `wrong-${index}`, () => ({ bytes })));
    const right = scripted(room, 'right', () => ({}));
    expect(await codeOf(download(room, [...wrong, right], { size: undefined }))).toBeUndefined();
    const told = room.heard('transfer').map(({ done, total }) => ({ done, total: total ?? Infinity }));
    expect(told.length).toBeGreaterThan(1);
    for (const [index, { done, total }] of told.entries()) {
      expect(done).toBeGreaterThanOrEqual(told[index - 1]?.done ?? 0);
      expect(done).toBeLessThanOrEqual(total);
    }
  });
});
