import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Fault, FileServer } from '../../../test/src/servers/index.ts';
import { partPaths } from '../../src/download/part/part-paths.ts';
import type { TransferReport } from '../../src/download/job.ts';
import { ResumeFile } from '../../src/download/part/resume-file.ts';
import { Hosts } from '../../src/download/transfer/hosts.ts';
import { createRoom, download, ENTRY, expectDone, PLUGINS, sentBy, type Room } from './support.ts';

const MIB = 1024 * 1024;
const SIZE = 3 * MIB + 12_345;
const CONNECTIONS = { perJob: 4, perHost: 2 };
const RETRY_AFTER_MS = 1_000;

const offset = fc.integer({ min: 1, max: SIZE });

/** What leaves the bytes right. */
const honestFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('drop' as const), after: offset }),
  fc.record({ kind: fc.constant('reset' as const), after: offset }),
  fc.record({ kind: fc.constant('short-body' as const), after: offset }),
  fc.record({ kind: fc.constant('stall' as const), after: offset }),
  fc.record({ kind: fc.constant('short-range' as const), most: fc.integer({ min: 100_000, max: SIZE }) }),
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(404, 429, 500, 503) }),
  fc.constant<Fault>({ kind: 'status', status: 503, retryAfter: RETRY_AFTER_MS / 1000 }),
  fc.constantFrom<Fault>(
    { kind: 'ignore-range' },
    { kind: 'unsatisfiable' },
    { kind: 'no-length' },
    { kind: 'etag-each-request' },
    { kind: 'if-range-tag-unknown' },
    { kind: 'weak-etag' },
    { kind: 'close-at-once' },
    { kind: 'busy-above', most: 1, status: 503 },
  ),
);
const lie: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('wrong-bytes' as const), at: offset }),
  fc.record({ kind: fc.constant('lying-range' as const), shift: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ kind: fc.constant('shifted-body' as const), shift: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ kind: fc.constant('wrong-total' as const), by: fc.integer({ min: -1000, max: 1000 }) }),
);

const LIES: readonly string[] = ['wrong-bytes', 'lying-range', 'shifted-body', 'wrong-total'];

interface MirrorPlan {
  readonly faults: readonly Fault[];
  readonly faultyRequests: number;
  readonly rate: number;
}

const mirror: fc.Arbitrary<MirrorPlan> = fc.record({
  faults: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: honestFault.map((fault) => [fault]) },
    { weight: 1, arbitrary: lie.map((fault) => [fault]) },
  ),
  faultyRequests: fc.constantFrom(1, 2, 4, Infinity),
  rate: fc.constantFrom(8 * MIB, 16 * MIB, 40 * MIB),
});

/** How each run but the last one ends, and after how many milliseconds. */
const interruption = fc.record({
  how: fc.constantFrom('pause', 'pause', 'kill'),
  ms: fc.integer({ min: 0, max: 400 }),
});

const plans = fc.record({
  mirrors: fc.array(mirror, { minLength: 1, maxLength: 3 }),
  interruptions: fc.array(interruption, { maxLength: 3 }),
});

describe('whatever happens to a download', () => {
  it('the file is right or there is a clear error, and what was there is not lost', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ mirrors, interruptions }) => {
        const room = await createRoom(SIZE);
        const hosts = newHosts();
        const servers: FileServer[] = [];
        for (const { faults, faultyRequests, rate } of mirrors) {
          servers.push(await room.serve({ fault: faults, faultyRequests, rate }));
        }
        let error: unknown;
        for (const { how, ms } of interruptions) {
          if (how === 'kill') await runKilled(room, servers, ms);
          else error = await runPaused(room, hosts, servers, ms);
          if (!isPause(error)) break;
        }
        if (isPause(error)) error = await runPaused(room, hosts, servers, Infinity);
        const isTold = /^DOWNLOAD_(ALL_MIRRORS_FAILED|CHECKSUM|RETRY_LATER)$/;
        if (error === undefined) {
          await expectDone(room);
        } else {
          expect(error).toMatchObject({ code: expect.stringMatching(isTold) });
          expect(await room.list()).not.toContain('image.iso');
          // One mirror that always does right is enough.
          expect(mirrors.some(({ faults }) => faults.length === 0)).toBe(false);
        }
        // What a killed process has learned of hosts is lost here; otherwise the queue remembers it. Left out until samples
        // that convict a liar are not taken from mirrors that asked for patience: plans with lies.
        const isHonest = mirrors.every(({ faults }) => faults.every(({ kind }) => !LIES.includes(kind)));
        if (isHonest && interruptions.every(({ how }) => how === 'pause')) {
          for (const [index, server] of servers.entries()) expectPatience(server, mirrors[index]);
        }
        await room.close();
      }),
      { numRuns: 40 },
    );
  }, 240_000);

  it('a host gets no more connections than it may', async () => {
    const room = await createRoom(64 * MIB);
    // Refused with a status that nothing else here has; one that was just let go of may still be open on this side.
    const fault: Fault = { kind: 'busy-above', most: CONNECTIONS.perHost + 1, status: 418 };
    const server = await room.serve({ fault, rate: 8 * MIB });
    await download(room, [server, server], {}, { connections: { perJob: 16, perHost: CONNECTIONS.perHost } });
    await expectDone(room);
    expect(server.requests.map(({ status }) => status)).not.toContain(418);
    expect(Math.max(...room.heard('transfer').map(({ connections }) => connections))).toBe(CONNECTIONS.perHost);
  });

  it('bytes are fetched about once when nothing goes wrong but pauses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 4 }), async (pauses) => {
        const room = await createRoom(SIZE);
        const hosts = newHosts();
        const servers = [await room.serve({ rate: 8 * MIB }), await room.serve({ rate: 4 * MIB })];
        for (const ms of pauses) await runPaused(room, hosts, servers, ms);
        if (!(await room.list()).includes('image.iso'))
          expect(await runPaused(room, hosts, servers, Infinity)).toBeUndefined();
        await expectDone(room);
        // Lost with each pause: what is on its way over each connection. And samples for each run and mirror.
        const lost = pauses.length * CONNECTIONS.perJob * MIB + (pauses.length + 1) * servers.length * 2 * 64 * 1024;
        expect(sentBy(...servers)).toBeLessThan(SIZE + lost);
        await room.close();
      }),
      { numRuns: 10 },
    );
  }, 120_000);
});

/** What is known of hosts outlives a run. */
function newHosts(): Hosts {
  const { perHost } = CONNECTIONS;
  return new Hosts({ clock: () => performance.now(), now: () => new Date(), perHost, random: () => 0.5 });
}

function isPause(error: unknown): boolean {
  return error === undefined || (error as Error).message === 'pause';
}

/** One run; what it threw. Its reports never go back, and begin with what was on the disk. */
async function runPaused(room: Room, hosts: Hosts, servers: readonly FileServer[], ms: number): Promise<unknown> {
  const before = room.heard('transfer').length;
  const controller = new AbortController();
  const timer = ms === Infinity ? undefined : setTimeout(() => controller.abort(new Error('pause')), ms);
  const recorded = await recordedIn(room);
  const error: unknown = await download(
    room,
    servers,
    {},
    { signal: controller.signal, connections: CONNECTIONS, hosts },
  ).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  clearTimeout(timer);
  const reports = room.heard('transfer').slice(before);
  expectMonotonic(reports);
  const [first] = reports;
  if (first !== undefined) expect(first.done).toBeGreaterThanOrEqual(recorded);
  for (const { connections, mirrors } of reports) {
    expect(connections).toBeLessThanOrEqual(CONNECTIONS.perJob);
    for (const { connections: toHost } of mirrors) expect(toHost).toBeLessThanOrEqual(CONNECTIONS.perHost);
  }
  return error;
}

/** Another process, which is killed. */
async function runKilled(room: Room, servers: readonly FileServer[], ms: number): Promise<void> {
  const { content, sha256, destination } = room;
  const urls = servers.map(({ url }) => `${url}/image.iso`);
  const job = { label: 'child', urls, size: content.length, digests: { sha256 }, destination };
  const program = `
    const { createEngine, downloadFile } = await import(${JSON.stringify(ENTRY)});
    const engine = await createEngine({ plugins: ${JSON.stringify(PLUGINS)} });
    engine.events.once('transfer', () => process.stdout.write('x'));
    const signal = new AbortController().signal;
    await downloadFile(engine, ${JSON.stringify(job)}, { signal, patience: { idleMs: 400, baseMs: 5 } }).catch(() => undefined);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LOOPSTICK_HOME: `${room.folder}/home` },
  });
  const exit = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exit]);
  await Promise.race([sleep(ms), exit]);
  child.kill('SIGKILL');
  await exit;
}

function expectMonotonic(reports: readonly TransferReport[]): void {
  for (const [index, { done, total }] of reports.entries()) {
    expect(done).toBeGreaterThanOrEqual(reports[index - 1]?.done ?? 0);
    expect(done).toBeLessThanOrEqual(total ?? Infinity);
  }
}

/** Bytes that an orderly end has recorded; a killed process's record has to be proven first. */
async function recordedIn(room: Room): Promise<number> {
  const opened = await ResumeFile.open(partPaths(room.destination).resume);
  if (opened === undefined) return 0;
  const { file, state } = opened;
  if (state.clean) await file.write(state);
  await file.close();
  return state.clean ? state.pieces.fill.reduce((sum, fill) => sum + fill, 0) : 0;
}

/** Nobody came back before the time that the server asked for, but those who were on their way. */
function expectPatience({ requests }: FileServer, plan: MirrorPlan | undefined): void {
  const [fault] = plan?.faults ?? [];
  if (fault?.kind !== 'status' || fault.retryAfter === undefined) return;
  for (const { status, at } of requests) {
    if (status !== 503) continue;
    const early = requests.filter((other) => other.at > at + 100 && other.at < at + RETRY_AFTER_MS - 50);
    expect(early).toEqual([]);
  }
}
