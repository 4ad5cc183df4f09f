/** Connections that break, hang or lie about how much is coming. */
import { describe, expect } from 'vitest';

import type { Fault } from '../servers/index.ts';
import { expectBytes, expectFailure, expectOneFile } from './expectations.ts';
import { it, sentBy } from './stage.ts';

const MiB = 1024 * 1024;

describe.concurrent('a body', () => {
  it.for<[string, Fault]>([
    ['that is closed', { kind: 'drop', after: 1.5 * MiB }],
    ['that ends early, as if that were all', { kind: 'short-body', after: 1.5 * MiB }],
  ])('%s after 1.5 MiB each time is put together, no byte twice', async ([, fault], { stage }) => {
    const server = await stage.serve(fault);
    await expectBytes(stage, await stage.command(server));
    expect(sentBy(server)).toBeLessThan(stage.content.length * 1.02);
  });

  it('that is reset after 1.5 MiB each time is put together', async ({ stage }) => {
    // A reset throws away what the client has not read yet, so a rate that it can follow.
    const server = await stage.serve({ kind: 'reset', after: 1.5 * MiB }, { rate: 16 * MiB });
    await expectBytes(stage, await stage.command(server));
  });

  it.for<[string, Fault]>([
    ['announced too long', { kind: 'length-off', by: 1000 }],
    ['announced too short', { kind: 'length-off', by: -1000 }],
  ])('that is %s is not believed', async ([, fault], { stage }) => {
    const server = await stage.serve(fault);
    await expectOneFile(stage, await stage.command(server), [stage.content], /length|byte|broke off/);
    const other = await stage.serve([], { address: '127.0.0.2' });
    await expectBytes(stage, await stage.command([server, other]));
  });

  it('of unknown length that is cut off twice is fetched again', async ({ stage }) => {
    const faults: Fault[] = [{ kind: 'ignore-range' }, { kind: 'no-length' }, { kind: 'drop', after: MiB }];
    const server = await stage.serve(faults, { faultyRequests: 3 });
    await expectOneFile(stage, await stage.command(server), [stage.content], /broke off/);
  });

  it('that is always cut off where nobody can see it is found by its checksum', async ({ stage }) => {
    const faults: Fault[] = [{ kind: 'ignore-range' }, { kind: 'close-delimited' }, { kind: 'drop', after: MiB }];
    const outcome = await stage.command(await stage.serve(faults));
    await expectFailure(stage, outcome, { exitCode: 5, code: 'DOWNLOAD_CHECKSUM', cause: /127\.0\.0\.1/ });
  });

  it('that falls silent after 1.5 MiB each time is put together', async ({ stage }) => {
    await expectBytes(stage, await stage.command(await stage.serve({ kind: 'stall', after: 1.5 * MiB })));
  });

  it('that falls silent at once, always, is given up with the reason', async ({ stage }) => {
    const outcome = await stage.command(await stage.serve({ kind: 'stall', after: 1000 }));
    await expectFailure(stage, outcome, {
      exitCode: 6,
      code: 'DOWNLOAD_ALL_MIRRORS_FAILED',
      cause: /sent nothing for/,
    });
    expect(await stage.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
  });

  it('that trickles is fetched over another connection', async ({ stage }) => {
    const server = await stage.serve({ kind: 'trickle', after: MiB, rate: 200 }, { faultyRequests: 2, rate: 4 * MiB });
    await expectBytes(stage, await stage.command(server));
  });

  it('that trickles from one of two mirrors is fetched from the other', async ({ stage }) => {
    const slow = await stage.serve({ kind: 'trickle', after: MiB, rate: 200 }, { rate: 4 * MiB });
    const good = await stage.serve([], { address: '127.0.0.2', rate: 4 * MiB });
    await expectBytes(stage, await stage.command([slow, good]));
  });

  it('whose last bytes trickle is not waited for', async ({ stage }) => {
    const after = stage.content.length - 20_000;
    const server = await stage.serve({ kind: 'trickle', after, rate: 200 }, { faultyRequests: 2, rate: 8 * MiB });
    const begun = performance.now();
    await expectBytes(stage, await stage.command(server));
    // 100 s at 200 bytes a second.
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});

describe.concurrent('a connection', () => {
  it.for<[string, Fault]>([
    ['that answers late', { kind: 'slow-first-byte', ms: 400 }],
    ['whose head comes in several packets', { kind: 'split-head' }],
    ['that is closed when it is used again', { kind: 'close-on-reuse' }],
  ])('%s is good enough', async ([, fault], { stage }) => {
    await expectBytes(stage, await stage.command(await stage.serve(fault)));
  });

  it.for<[string, Fault]>([
    ['is closed without an answer', { kind: 'close-at-once' }],
    ['is reset without an answer', { kind: 'reset-at-once' }],
    ['speaks another protocol', { kind: 'not-http' }],
    ['sends headers without end', { kind: 'endless-head' }],
    ['says nothing at all', { kind: 'silent' }],
  ])('that %s, twice, is tried again; always, is given up with the reason', async ([, fault], { stage }) => {
    const twice = await stage.serve(fault, { faultyRequests: 2 });
    await expectBytes(stage, await stage.command(twice));
    await stage.clear();
    const outcome = await stage.command(await stage.serve(fault));
    const cause = /broke off|sent nothing for/;
    await expectFailure(stage, outcome, { exitCode: 6, code: 'DOWNLOAD_ALL_MIRRORS_FAILED', cause });
  });

  it('too many is fewer the next time', async ({ stage }) => {
    const server = await stage.serve({ kind: 'busy-above', most: 1, status: 503 }, { rate: 4 * MiB });
    await expectBytes(stage, await stage.command(server));
  });
});
