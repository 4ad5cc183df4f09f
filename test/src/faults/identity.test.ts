/** Servers whose file is, or looks like, another one than before. */
import { utimes } from 'node:fs/promises';

import { describe, expect } from 'vitest';

import type { Fault } from '../servers/index.ts';
import { expectBytes, expectFailure, expectOneFile } from './expectations.ts';
import { downloadPartly, it, sentBy, sha256Of } from './stage.ts';

const MiB = 1024 * 1024;
/** Makes several requests necessary. */
const BREAKING: Fault = { kind: 'drop', after: 1.5 * MiB };
const SWAP: Fault = { kind: 'swap', to: 'other.iso', afterBytes: 2 * MiB };

describe.concurrent('a file that is swapped for another of the same size half-way', () => {
  it.for<[string, readonly Fault[]]>([
    ['with a new ETag', []],
    ['and If-Range is ignored', [{ kind: 'if-range-ignored' }]],
    ['with a weak ETag', [{ kind: 'weak-etag' }]],
    ['with a date only', [{ kind: 'date-only' }]],
    ['without any sign of it', [{ kind: 'no-validators' }]],
  ])('%s', async ([, faults], { stage }) => {
    const swapped = async () => stage.serve([SWAP, BREAKING, ...faults]);
    const sha256 = sha256Of(stage.other);
    // Nothing is known of the file: no mixture, whatever it is.
    const server = await swapped();
    await expectOneFile(stage, await stage.command(server, { sha256: null }), [stage.content, stage.other], /./);
    const tags = server.requests.map(({ headers }) => headers['if-range'] ?? '');
    expect(tags.filter((tag) => tag.includes('W/'))).toEqual([]);
    await stage.clear();
    // The old one is wanted, and there is no way to get it.
    const outcome = await stage.command(await swapped());
    await expectOneFile(stage, outcome, [], /changed|checksum|different/);
    await stage.clear();
    // The new one is wanted. Where nothing shows that it changed, its checksum does, and the next run is right.
    const late = await swapped();
    const first = await stage.command(late, { sha256 });
    await expectOneFile(stage, first, [stage.other], /checksum/);
    await expectBytes(stage, await stage.command(late, { sha256 }), stage.other);
  });
});

describe.concurrent('a file that is swapped between two runs', () => {
  it.for<[string, readonly Fault[]]>([
    ['with a new ETag', []],
    ['and If-Range is ignored', [{ kind: 'if-range-ignored' }]],
    ['with a weak ETag', [{ kind: 'weak-etag' }]],
    ['with a date only', [{ kind: 'date-only' }]],
    ['without any sign of it', [{ kind: 'no-validators' }]],
  ])('%s, is fetched anew', async ([, faults], { stage }) => {
    const server = await stage.serve(faults, { rate: 8 * MiB });
    await downloadPartly(stage, server, 3 * MiB, { sha256: null });
    await server.put(stage.other);
    await expectBytes(stage, await stage.command(server, { sha256: null }), stage.other);
  });

  it.for<[string, readonly Fault[]]>([
    ['with a new ETag', []],
    ['without any sign of it', [{ kind: 'no-validators' }]],
  ])('%s, does not end as the one that is wanted', async ([, faults], { stage }) => {
    const server = await stage.serve(faults, { rate: 8 * MiB });
    await downloadPartly(stage, server, 3 * MiB);
    await server.put(stage.other);
    await expectOneFile(stage, await stage.command(server), [], /changed|checksum|different/);
  });

  it('and has become shorter (416), is fetched anew', async ({ stage }) => {
    const server = await stage.serve([], { rate: 8 * MiB });
    await downloadPartly(stage, server, 3 * MiB, { sha256: null });
    const shorter = stage.other.subarray(0, MiB);
    await server.put(shorter);
    await expectBytes(stage, await stage.command(server, { sha256: null }), shorter);
  });

  it('and has become longer, is fetched anew', async ({ stage }) => {
    const server = await stage.serve([], { rate: 8 * MiB });
    await downloadPartly(stage, server, 3 * MiB, { sha256: null });
    const longer = Buffer.concat([stage.other, stage.content]);
    await server.put(longer);
    await expectBytes(stage, await stage.command(server, { sha256: null }), longer);
  });

  it('and is not, is gone on with', async ({ stage }) => {
    const server = await stage.serve([], { rate: 8 * MiB });
    await downloadPartly(stage, server, 3 * MiB, { sha256: null });
    const before = sentBy(server);
    await expectBytes(stage, await stage.command(server, { sha256: null }));
    expect(sentBy(server) - before).toBeLessThan(stage.content.length - 1.5 * MiB);
  });
});

describe.concurrent('what a file is recognised by', () => {
  it('only as a weak ETag is never used as a condition', async ({ stage }) => {
    const server = await stage.serve([BREAKING, { kind: 'weak-etag' }], { faultyRequests: 3 });
    await expectBytes(stage, await stage.command(server));
    for (const { headers } of server.requests) expect(headers['if-range'] ?? '').not.toContain('W/');
  });

  it('not at all makes one stream of it, when nothing is known of the file', async ({ stage }) => {
    const faults: Fault[] = [{ kind: 'no-validators' }, { kind: 'drop', after: MiB }];
    const server = await stage.serve(faults, { faultyRequests: 2, rate: 8 * MiB });
    await expectBytes(stage, await stage.command(server, { sha256: null }));
  });

  it('an ETag that is another one each time does not stop what has a checksum', async ({ stage }) => {
    const server = await stage.serve([{ kind: 'etag-each-request' }, BREAKING]);
    await expectBytes(stage, await stage.command(server));
  });

  it('an ETag that is another one each time stops or restarts what has none', async ({ stage }) => {
    const server = await stage.serve([{ kind: 'etag-each-request' }, BREAKING]);
    const outcome = await stage.command(server, { sha256: null });
    await expectOneFile(stage, outcome, [stage.content], /changed|broke off/);
  });

  it('a new ETag half-way for the same bytes does not stop what has a checksum', async ({ stage }) => {
    const server = await stage.serve([{ kind: 'new-validators', afterBytes: 2 * MiB }, BREAKING]);
    await expectBytes(stage, await stage.command(server));
  });

  it('an ETag that If-Range does not understand is tried and left', async ({ stage }) => {
    const server = await stage.serve([{ kind: 'if-range-tag-unknown' }, BREAKING]);
    await expectBytes(stage, await stage.command(server));
    const alone = await stage.serve([{ kind: 'if-range-tag-unknown' }, BREAKING]);
    await stage.clear();
    const outcome = await stage.command(alone, { sha256: null });
    await expectOneFile(stage, outcome, [stage.content], /./);
  });

  it('an old date is a condition, a young one is not', async ({ stage }) => {
    for (const isOld of [true, false]) {
      const server = await stage.serve([{ kind: 'date-only' }], { rate: 8 * MiB });
      const date = new Date(Date.now() - (isOld ? 3_600_000 : 0));
      await utimes(`${server.folder}/image.iso`, date, date);
      await downloadPartly(stage, server, 3 * MiB, { sha256: null });
      await expectBytes(stage, await stage.command(server, { sha256: null }));
      const conditions = server.requests.flatMap(({ headers }) => headers['if-range'] ?? []);
      expect(conditions.length > 0).toBe(isOld);
      await stage.clear();
    }
  });
});

describe.concurrent('a file that is there already', () => {
  it('and right, is not fetched again', async ({ stage }) => {
    const server = await stage.serve();
    await expectBytes(stage, await stage.command(server));
    const sent = sentBy(server);
    await expectBytes(stage, await stage.command(server));
    expect(sentBy(server)).toBe(sent);
  });

  it('and another one, is left alone', async ({ stage }) => {
    const mine = Buffer.from('precious');
    await stage.put(mine);
    const outcome = await stage.command(await stage.serve());
    expect(outcome).toMatchObject({ exitCode: 8, code: 'DOWNLOAD_DESTINATION_EXISTS' });
    expect(await stage.read()).toEqual(mine);
  });
});

describe.concurrent('the rest of another download', () => {
  it('of the same name and without checksums is not gone on with', async ({ stage }) => {
    const first = await stage.serve([], { rate: 8 * MiB });
    await downloadPartly(stage, first, 3 * MiB, { sha256: null });
    const second = await stage.serve([], { content: stage.other });
    await expectBytes(stage, await stage.command(second, { sha256: null }), stage.other);
  });

  it('with another checksum is not gone on with', async ({ stage }) => {
    const first = await stage.serve([], { rate: 8 * MiB });
    await downloadPartly(stage, first, 3 * MiB);
    const second = await stage.serve([], { content: stage.other });
    await expectBytes(stage, await stage.command(second, { sha256: sha256Of(stage.other) }), stage.other);
  });

  it('with the same checksum is gone on with from another mirror', async ({ stage }) => {
    const first = await stage.serve([], { rate: 8 * MiB });
    await downloadPartly(stage, first, 3 * MiB);
    const second = await stage.serve([], { address: '127.0.0.2' });
    await expectBytes(stage, await stage.command(second));
    expect(sentBy(second)).toBeLessThan(stage.content.length - 1.5 * MiB);
  });

  it.for<[string, string, (bytes: Buffer) => Buffer]>([
    ['part', 'overwritten', (bytes) => bytes.fill(0, 100_000, 200_000)],
    ['part', 'cut', (bytes) => bytes.subarray(0, 10_000)],
    ['part', 'emptied', () => Buffer.alloc(0)],
    ['part.resume', 'overwritten', (bytes) => bytes.fill(255, 0, 50)],
    ['part.resume', 'cut', (bytes) => bytes.subarray(0, 20)],
    ['part.resume', 'emptied', () => Buffer.alloc(0)],
  ])('whose .%s somebody has %s is found out', async ([suffix, , change], { stage }) => {
    const server = await stage.serve([], { rate: 16 * MiB });
    await downloadPartly(stage, server, 3 * MiB);
    await stage.damage(`${stage.destination}.${suffix}`, change);
    await expectBytes(stage, await stage.command(server));
  });
});

describe.concurrent('a checksum', () => {
  it('that the only server cannot satisfy ends the download, and nothing is kept', async ({ stage }) => {
    const server = await stage.serve({ kind: 'wrong-bytes', at: 2 * MiB });
    await expectFailure(stage, await stage.command(server), {
      exitCode: 5,
      code: 'DOWNLOAD_CHECKSUM',
      cause: /127\.0\.0\.1/,
    });
    expect(await stage.list()).toEqual([]);
  });
});
