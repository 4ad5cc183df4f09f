/** Several mirrors, of which some are stale, wrong, slow or gone. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

import { describe, expect } from 'vitest';

import type { Fault } from '../servers/index.ts';
import { expectBytes, expectFailure, expectOneFile } from './expectations.ts';
import { it, sentBy, type Stage, type StageServer } from './stage.ts';

const MiB = 1024 * 1024;
// Slow enough for both to be used.
const RATE = 6 * MiB;

async function serveTwo(
  stage: Stage,
  fault: Fault | readonly Fault[],
  content?: Buffer,
): Promise<readonly [StageServer, StageServer]> {
  const bad = await stage.serve(fault, { rate: RATE, ...(content && { content }) });
  return [bad, await stage.serve([], { address: '127.0.0.2', rate: RATE })];
}

describe.concurrent('a mirror', () => {
  it.override({ size: 12 * MiB + 345 });

  it.for([false, true])('with an older file of another size (first: %s) adds nothing', async (isFirst, { stage }) => {
    const [stale, good] = await serveTwo(stage, [], stage.other.subarray(0, 9 * MiB));
    await expectBytes(stage, await stage.command(isFirst ? [stale, good] : [good, stale]));
  });

  it.for([false, true])('with an older file of the same size (first: %s) adds nothing', async (isFirst, { stage }) => {
    const [stale, good] = await serveTwo(stage, [], stage.other);
    const failures: unknown[] = [];
    const onEngine = (engine: { events: { on(name: 'failover', listener: (event: unknown) => void): unknown } }) =>
      void engine.events.on('failover', (event) => failures.push(event));
    const urls = isFirst ? [stale, good] : [good, stale];
    await expectBytes(stage, await stage.fetch(urls, { onEngine }));
    expect(JSON.stringify(failures)).toContain(stale.file);
    // Of two nobody knows who is right before the whole of one is there; besides that, samples and first leases.
    expect(sentBy(stale) + sentBy(good)).toBeLessThan(stage.content.length * 2 + 8 * MiB);
  });

  it('with an older file that differs in its second half is found out', async ({ stage }) => {
    const half = 6 * MiB;
    const content = Buffer.concat([stage.content.subarray(0, half), stage.other.subarray(half)]);
    const [stale, good] = await serveTwo(stage, [], content);
    await expectBytes(stage, await stage.command([stale, good]));
  });

  it.for([0, 5 * MiB, 12 * MiB])('with a wrong byte at %i is found out', async (at, { stage }) => {
    const [bad, good] = await serveTwo(stage, { kind: 'wrong-bytes', at });
    await expectBytes(stage, await stage.command([bad, good]));
  });

  it('with a wrong byte costs its share again, and not the file', async ({ stage }) => {
    const bad = await stage.serve({ kind: 'wrong-bytes', at: 5 * MiB }, { rate: 2 * MiB });
    const good = await stage.serve([], { address: '127.0.0.2', rate: 6 * MiB });
    await expectBytes(stage, await stage.command([bad, good]));
    expect(sentBy(good)).toBeLessThan(stage.content.length * 1.5);
  });

  it('with a wrong byte costs one piece, where the pieces have digests', async ({ stage }) => {
    const [bad, good] = await serveTwo(stage, { kind: 'wrong-bytes', at: 100 });
    const digests = Array.from({ length: Math.ceil(stage.content.length / MiB) }, (_, piece) =>
      createHash('sha1')
        .update(stage.content.subarray(piece * MiB, (piece + 1) * MiB))
        .digest('hex'),
    );
    const pieces = { algorithm: 'sha1', length: MiB, digests } as const;
    await expectBytes(stage, await stage.fetch([bad, good], { pieces }));
    expect(sentBy(bad) + sentBy(good)).toBeLessThan(stage.content.length * 1.5);
  });

  it('of three with a wrong byte is the one that is blamed', async ({ stage }) => {
    const [bad, good] = await serveTwo(stage, { kind: 'wrong-bytes', at: 100 });
    const third = await stage.serve([], { address: '127.0.0.3', rate: RATE });
    const failures: { mirror: string }[] = [];
    const outcome = await stage.fetch([bad, third, good], {
      onEngine: ({ events }) => void events.on('failover', (event) => failures.push(event as { mirror: string })),
    });
    await expectBytes(stage, outcome);
    expect(failures.map(({ mirror }) => mirror)).not.toContain(good.file);
    expect(failures.map(({ mirror }) => mirror)).not.toContain(third.file);
  });

  it('that says another size than all the others is outvoted', async ({ stage }) => {
    const [bad, good] = await serveTwo(stage, { kind: 'wrong-total', by: -5 });
    await expectBytes(stage, await stage.command([bad, good, await stage.serve([], { address: '127.0.0.3' })]));
  });

  it.for<[string, Fault]>([
    ['breaks off', { kind: 'drop', after: 300_000 }],
    ['falls silent', { kind: 'stall', after: 300_000 }],
    ['never answers', { kind: 'silent' }],
    ['redirects for ever', { kind: 'redirect-loop' }],
    ['shows a log-in page', { kind: 'web-page' }],
  ])('that %s leaves the work to the other', async ([, fault], { stage }) => {
    const [bad, good] = await serveTwo(stage, fault);
    await expectBytes(stage, await stage.command([bad, good]));
  });

  it('that is shut down half-way leaves the work to the other', async ({ stage }) => {
    const [bad, good] = await serveTwo(stage, []);
    const timer = setInterval(() => {
      if (sentBy(bad) > 2 * MiB) void bad.close();
    }, 5);
    await expectBytes(stage, await stage.command([bad, good]));
    clearInterval(timer);
  });
});

describe.concurrent('mirrors of which nothing is known', () => {
  it('and that differ are not mixed', async ({ stage }) => {
    const [first, second] = await serveTwo(stage, { kind: 'drop', after: 2 * MiB }, stage.other);
    const outcome = await stage.command([first, second], { sha256: null });
    await expectOneFile(stage, outcome, [stage.content, stage.other], /./);
  });
});

describe.concurrent('an address', () => {
  it('of a host that does not exist is named', async ({ stage }) => {
    const outcome = await stage.command('http://nosuch.invalid/image.iso');
    await expectFailure(stage, outcome, {
      exitCode: 6,
      code: 'DOWNLOAD_ALL_MIRRORS_FAILED',
      cause: /nosuch\.invalid/,
    });
  });

  it('of a host that does not exist leaves the work to the other', async ({ stage }) => {
    await expectBytes(stage, await stage.command(['http://nosuch.invalid/image.iso', await stage.serve()]));
  });

  it('where nobody listens is named, and leaves the work to the other', async ({ stage }) => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const nobody = `http://127.0.0.1:${port}/image.iso`;
    const failed = { exitCode: 6, code: 'DOWNLOAD_ALL_MIRRORS_FAILED' } as const;
    await expectFailure(stage, await stage.command(nobody), { ...failed, cause: /ECONNREFUSED/ });
    await expectBytes(stage, await stage.command([nobody, await stage.serve()]));
  });

  it('of IPv6 is as good as any', async ({ stage }) => {
    await expectBytes(stage, await stage.command(await stage.serve([], { address: '::1' })));
  });

  it('is named with its reason for every mirror when all fail', async ({ stage }) => {
    const gone = await stage.serve({ kind: 'status', status: 404 });
    const portal = await stage.serve({ kind: 'web-page' }, { address: '127.0.0.2' });
    const urls = [gone, portal, 'http://nosuch.invalid/image.iso'];
    const cause = new RegExp(`(?=.*${gone.file}.*404)(?=.*${portal.file}.*web page)(?=.*nosuch\\.invalid)`);
    const outcome = await stage.command(urls);
    await expectFailure(stage, outcome, { exitCode: 6, code: 'DOWNLOAD_ALL_MIRRORS_FAILED', cause });
  });
});
