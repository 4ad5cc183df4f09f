/** Servers that answer ranges wrongly, or in unusual ways. */
import { describe, expect } from 'vitest';

import type { Fault } from '../servers/index.ts';
import { expectBytes, expectFailure, expectOneFile } from './expectations.ts';
import { downloadPartly, it, sentBy } from './stage.ts';

const MiB = 1024 * 1024;
/** Makes ranges that begin somewhere inside the file necessary. */
const BREAKING: Fault = { kind: 'drop', after: 2 * MiB };

describe.concurrent('the only server', () => {
  it.for<[string, readonly Fault[]]>([
    ['ignores ranges', [{ kind: 'ignore-range' }]],
    ['ignores ranges and says no length', [{ kind: 'ignore-range' }, { kind: 'no-length' }]],
    ['ignores ranges and ends the file by closing', [{ kind: 'ignore-range' }, { kind: 'close-delimited' }]],
    ['leaves out Content-Range', [{ kind: 'no-content-range' }]],
    ['says * for the size', [{ kind: 'unknown-total' }]],
    ['says neither size nor length', [{ kind: 'no-length' }]],
    ['answers ranges in several parts', [{ kind: 'multipart' }]],
    ['refuses every range with 416', [{ kind: 'unsatisfiable' }]],
    ['sends a byte more than was asked for', [{ kind: 'long-range', by: 1 }]],
  ])('%s: it is fetched as a whole', async ([, faults], { stage }) => {
    await expectBytes(stage, await stage.command(await stage.serve(faults)));
  });

  it.for<[string, Fault]>([
    ['ignores ranges', { kind: 'ignore-range' }],
    ['shifts its ranges and says so', { kind: 'lying-range', shift: 4096 }],
    ['leaves out Content-Range', { kind: 'no-content-range' }],
    ['answers ranges in several parts', { kind: 'multipart' }],
  ])('%s when the download goes on', async ([, fault], { stage }) => {
    const server = await stage.serve(fault, {
      rate: 8 * MiB,
      faultyRequests: (request) => isInside(request) && sentBy(server) > 3 * MiB,
    });
    await downloadPartly(stage, server, 3 * MiB);
    await expectBytes(stage, await stage.command(server));
  });

  it('sends less than was asked for, as it may', async ({ stage }) => {
    const server = await stage.serve({ kind: 'short-range', most: 700_000 });
    await expectBytes(stage, await stage.command(server));
    expect(sentBy(server)).toBeLessThan(stage.content.length * 1.02);
  });

  it('names right ranges and sends the first bytes of the file', async ({ stage }) => {
    const server = await stage.serve([BREAKING, { kind: 'body-from-zero' }]);
    await expectOneFile(stage, await stage.command(server), [stage.content], /127\.0\.0\.1/);
  });

  it('names right ranges and sends bytes that stand before them', async ({ stage }) => {
    const server = await stage.serve([BREAKING, { kind: 'shifted-body', shift: 512 }]);
    await expectOneFile(stage, await stage.command(server), [stage.content], /127\.0\.0\.1/);
  });

  it('says another size in every Content-Range', async ({ stage }) => {
    const server = await stage.serve({ kind: 'range-total-off', by: 4096 });
    await expectOneFile(stage, await stage.command(server), [stage.content], /bytes|byte/);
  });

  it('says another size from the third answer on', async ({ stage }) => {
    const faultyRequests = (_: unknown, index: number): boolean => index >= 2;
    const faults: Fault[] = [BREAKING, { kind: 'range-total-off', by: 4096 }];
    const server = await stage.serve(faults, { faultyRequests });
    await expectOneFile(stage, await stage.command(server), [stage.content], /bytes|byte/);
  });

  it('compresses ranges only', async ({ stage }) => {
    const server = await stage.serve({ kind: 'encoded' }, { faultyRequests: ({ range }) => range !== undefined });
    await expectBytes(stage, await stage.command(server));
    for (const { headers } of server.requests) expect(headers['accept-encoding']).toBe('identity');
  });

  it('compresses everything', async ({ stage }) => {
    const outcome = await stage.command(await stage.serve({ kind: 'encoded' }));
    await expectFailure(stage, outcome, { exitCode: 6, code: 'DOWNLOAD_ALL_MIRRORS_FAILED', cause: /gzip/ });
  });
});

describe.concurrent('one of two servers', () => {
  it.for<[string, readonly Fault[]]>([
    ['shifts its ranges and says so', [{ kind: 'lying-range', shift: 4096 }]],
    ['sends the first bytes for every range', [{ kind: 'body-from-zero' }]],
    ['sends bytes that stand before the range', [{ kind: 'shifted-body', shift: 1 }]],
    ['says another size', [{ kind: 'range-total-off', by: 4096 }]],
    ['answers in several parts', [{ kind: 'multipart' }]],
    ['compresses', [{ kind: 'encoded' }]],
    ['ignores ranges', [{ kind: 'ignore-range' }]],
  ])('%s: the other one makes up for it', async ([, faults], { stage }) => {
    const bad = await stage.serve(faults, { rate: 4 * MiB });
    const good = await stage.serve([], { address: '127.0.0.2', rate: 4 * MiB });
    await expectBytes(stage, await stage.command([bad, good]));
  });
});

function isInside({ range }: { readonly range: string | undefined }): boolean {
  return range !== undefined && !range.startsWith('bytes=0-');
}
