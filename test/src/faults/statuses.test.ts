/** Servers that answer with something else than the file. */
import { describe, expect } from 'vitest';

import type { Fault, FileServer } from '../servers/index.ts';
import { expectBytes, expectFailure } from './expectations.ts';
import { it, sentBy } from './stage.ts';

const MiB = 1024 * 1024;
const FAILED = { exitCode: 6, code: 'DOWNLOAD_ALL_MIRRORS_FAILED' } as const;

describe.concurrent('a log-in page with 200', () => {
  it('for everything is no file, whatever is known of the file', async ({ stage }) => {
    const portal = await stage.serve({ kind: 'web-page' });
    for (const sha256 of [stage.sha256, null]) {
      await expectFailure(stage, await stage.command(portal, { sha256 }), { ...FAILED, cause: /web page/ });
    }
  });

  it('that calls itself a file is recognised by its beginning', async ({ stage }) => {
    const portal = await stage.serve({ kind: 'web-page', type: 'application/octet-stream' });
    for (const sha256 of [stage.sha256, null]) {
      await expectFailure(stage, await stage.command(portal, { sha256 }), { ...FAILED, cause: /web page/ });
    }
  });

  it('for some requests never gets into the file', async ({ stage }) => {
    const faults: Fault[] = [{ kind: 'web-page' }];
    const faultyRequests = (_: unknown, index: number): boolean => index % 3 === 2;
    const server = await stage.serve(faults, { faultyRequests });
    const dropping = await stage.serve({ kind: 'drop', after: 1.2 * MiB }, { address: '127.0.0.2' });
    await expectBytes(stage, await stage.command([server, dropping]));
  });
});

describe.concurrent('a status', () => {
  it.for([404, 410, 403, 401])('%i is not asked for again, and is named', async (status, { stage }) => {
    const server = await stage.serve({ kind: 'status', status });
    const cause = new RegExp(`${server.file}.*${status}`);
    await expectFailure(stage, await stage.command(server), { ...FAILED, cause });
    expect(server.requests.length).toBeLessThanOrEqual(2);
    expect(await stage.list()).toEqual([]);
  });

  it.for([404, 403, 500, 503, 429])('%i of one mirror leaves the other', async (status, { stage }) => {
    const bad = await stage.serve({ kind: 'status', status });
    const good = await stage.serve([], { address: '127.0.0.2' });
    await expectBytes(stage, await stage.command([bad, good]));
  });

  it.for([408, 429, 500, 502, 503, 504, 520, 522])('%i, twice, is tried again', async (status, { stage }) => {
    const server = await stage.serve({ kind: 'status', status }, { faultyRequests: 2 });
    await expectBytes(stage, await stage.command(server));
  });

  it('503 for ever is tried three times, and is named', async ({ stage }) => {
    const server = await stage.serve({ kind: 'status', status: 503 });
    await expectFailure(stage, await stage.command(server), { ...FAILED, cause: /503/ });
    expect(server.requests).toHaveLength(3);
  });

  it('403 of an address that expires leads back to the one that does not', async ({ stage }) => {
    const server = await stage.serve([
      { kind: 'signed-addresses', uses: 1 },
      { kind: 'drop', after: 1.5 * MiB },
    ]);
    await expectBytes(stage, await stage.command(server));
    expect(sentBy(server)).toBeLessThan(stage.content.length * 1.02);
  });

  it('403 half-way, for ever, keeps what is there and is named', async ({ stage }) => {
    const server = await stage.serve([
      { kind: 'gone', status: 403, afterBytes: MiB },
      { kind: 'drop', after: 1.5 * MiB },
    ]);
    await expectFailure(stage, await stage.command(server), { ...FAILED, cause: /403/ });
    expect(await stage.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
  });
});

describe.concurrent('Retry-After', () => {
  it.for<[string, Fault, number]>([
    ['in seconds', { kind: 'status', status: 429, retryAfter: 1 }, 1000],
    // A date has no fractions of a second.
    ['as a date', { kind: 'status', status: 503, retryAfter: { dateInMs: 2100 } }, 1000],
  ])('%s is kept to', async ([, fault, ms], { stage }) => {
    const server = await stage.serve(fault, { faultyRequests: 2 });
    await expectBytes(stage, await stage.command(server));
    expect(
      pauses(server)
        .slice(0, 2)
        .every((pause) => pause >= ms),
    ).toBe(true);
  });

  it.for<[string, string]>([
    ['garbage', 'soon'],
    ['a date in the past', 'Sat, 01 Jan 2022 00:00:00 GMT'],
    ['negative', '-5'],
  ])('that is %s is as good as none', async ([, retryAfter], { stage }) => {
    const server = await stage.serve({ kind: 'status', status: 503, retryAfter }, { faultyRequests: 2 });
    await expectBytes(stage, await stage.command(server));
  });

  it('of hours ends the download with the time to come back at', async ({ stage }) => {
    const server = await stage.serve({ kind: 'status', status: 503, retryAfter: 3 * 3600 });
    const outcome = await stage.command(server);
    await expectFailure(stage, outcome, { exitCode: 6, code: 'DOWNLOAD_RETRY_LATER', cause: /127\.0\.0\.1.*20\d\d-/ });
    expect(server.requests).toHaveLength(1);
  });

  it('of hours of one mirror leaves the other', async ({ stage }) => {
    const later = await stage.serve({ kind: 'status', status: 429, retryAfter: 3 * 3600 });
    const good = await stage.serve([], { address: '127.0.0.2' });
    await expectBytes(stage, await stage.command([later, good]));
    expect(later.requests.length).toBeLessThanOrEqual(1);
  });
});

/** Milliseconds between requests. */
function pauses({ requests }: FileServer): number[] {
  return requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? at));
}
