/** Processes that are killed, stopped and started twice. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

import { describe, expect } from 'vitest';

import { isThere, startLoopstick, type RunningLoopstick } from '../harness/loopstick.ts';
import { expectBytes } from './expectations.ts';
import { it, sentBy, type Stage, type StageServer } from './stage.ts';

const MiB = 1024 * 1024;

/** What a killed process may leave: beside a lock, what it was made of. */
const OURS = /^image\.iso(\.part(\.resume(\.new)?|\.lock(\.[0-9a-f]{12})?)?)?$/;

interface StartOptions {
  readonly home?: string;
  readonly sha256?: string | null;
}

function start(
  stage: Stage,
  servers: StageServer | readonly StageServer[],
  { home = stage.home, sha256 = stage.sha256 }: StartOptions = {},
): RunningLoopstick {
  const [first, ...others] = [servers].flat();
  const words = ['--url', first?.file ?? '', ...others.flatMap(({ file }) => ['--mirror', file])];
  if (sha256 !== null) words.push('--sha256', sha256);
  return startLoopstick(['--json', 'download', ...words, '-o', stage.destination], { home, cwd: stage.target });
}

/** When the servers have sent so many bytes, or the command has ended. */
async function untilSent(
  servers: StageServer | readonly StageServer[],
  bytes: number,
  running: RunningLoopstick,
): Promise<void> {
  const state = { isOver: false };
  void running.then(() => (state.isOver = true));
  while (sentBy(...[servers].flat()) < bytes && !state.isOver) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.concurrent('a download whose process is killed', () => {
  it.override({ size: 16 * MiB + 77 });

  // Fifty-one kills in all. Seeded, so that a failure can be seen again.
  const KILLS = 17;
  it.for([
    { from: 'one server', mirrors: 1, isKnown: true, seed: 20_261_121 },
    { from: 'two mirrors', mirrors: 2, isKnown: true, seed: 20_261_122 },
    { from: 'one server, without a checksum', mirrors: 1, isKnown: false, seed: 20_261_123 },
  ])(
    `${KILLS} times at random moments ends with the right bytes, and fetches little twice: from $from`,
    { timeout: 240_000 },
    async ({ mirrors, isKnown, seed }, { stage }) => {
      const rate = 3 * MiB;
      const servers: StageServer[] = [];
      for (let mirror = 1; mirror <= mirrors; mirror++) {
        servers.push(await stage.serve([], { address: `127.0.0.${mirror}`, totalRate: rate / mirrors }));
      }
      const sha256 = isKnown ? stage.sha256 : null;
      const random = generator(seed);
      let finished = 0;
      for (let kills = 0; kills < KILLS;) {
        const running = start(stage, servers, { sha256 });
        // Some before the first byte, most while bytes arrive: in the first moments, or later.
        if (random() < 0.9) await untilSent(servers, sentBy(...servers) + 1, running);
        await new Promise((resolve) => setTimeout(resolve, random() ** 2 * 1200));
        running.kill('SIGKILL');
        const { signal, exitCode } = await running;
        if (signal === undefined) expect(exitCode).toBe(0);
        else kills++;
        for (const name of await stage.list()) expect(name).toMatch(OURS);
        if (!(await isThere(stage.destination))) continue;
        // It was done before, or killed when it was: what has the name is right.
        expect((await stage.read()).equals(stage.content)).toBe(true);
        await stage.clear();
        finished++;
      }
      await expectBytes(stage, await stage.command(servers, { sha256 }));
      // What a killed process has received and not noted, and what was on its way: about half of what a run receives.
      const twice = sentBy(...servers) - (finished + 1) * stage.content.length;
      expect(twice).toBeLessThan(KILLS * (0.15 * rate + mirrors * 128 * 1024));
    },
  );
});

describe.concurrent('two processes for one file', () => {
  it.for([
    ['of one user', ''],
    ['of two, who share no records', '-of-another'],
  ])('%s never write at once, and both end well', async ([, suffix], { stage }) => {
    // Slow enough for the second to be there in time.
    const server = await stage.serve([], { totalRate: MiB });
    const first = start(stage, server);
    await untilSent(server, MiB / 2, first);
    const outcomes = await Promise.all([first, start(stage, server, { home: `${stage.home}${suffix}` })]);
    for (const { exitCode, stderr } of outcomes) {
      // Both are done, or one was told that the other is at it.
      if (exitCode !== 0) expect({ exitCode, stderr }).toMatchObject({ exitCode: 8, stderr: /DOWNLOAD_BUSY/ });
    }
    expect(outcomes.some(({ exitCode }) => exitCode === 0)).toBe(true);
    await expectBytes(stage, { exitCode: 0, code: undefined, message: '' });
    // Two who fetch it would have fetched it twice; on a busy machine a request may be given up and repeated.
    expect(sentBy(server)).toBeLessThan(stage.content.length * 1.5);
  });

  it('that begin at the same moment end well, six of them of three users', async ({ stage }) => {
    const server = await stage.serve([], { totalRate: 8 * MiB });
    const homes = [0, 0, 1, 1, 2, 2].map((user) => `${stage.home}-${user}`);
    const outcomes = await Promise.all(homes.map((home) => start(stage, server, { home })));
    for (const { exitCode } of outcomes) expect([0, 8]).toContain(exitCode);
    expect(outcomes.some(({ exitCode }) => exitCode === 0)).toBe(true);
    await expectBytes(stage, { exitCode: 0, code: undefined, message: '' });
    expect(sentBy(server)).toBeLessThan(stage.content.length * 1.5);
  }, 60_000);

  it('of which the first is killed: the second takes over', async ({ stage }) => {
    const server = await stage.serve([], { totalRate: 1.5 * MiB });
    const first = start(stage, server);
    await untilSent(server, MiB / 2, first);
    const second = start(stage, server);
    await untilSent(server, 3 * MiB, first);
    first.kill('SIGKILL');
    await first;
    const { exitCode } = await second;
    // It waited, or it was refused; then the next one takes over.
    const outcome = exitCode === 0 ? { exitCode, code: undefined, message: '' } : await stage.command(server);
    await expectBytes(stage, outcome);
    expect(sentBy(server)).toBeLessThan(stage.content.length * 1.3);
  });
});

it('a download that another container has begun: the other one says what to do, and goes on then', async ({
  stage,
}) => {
  const server = await stage.serve([]);
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const lock = `${stage.destination}.part.lock`;
  await writeFile(lock, JSON.stringify({ pid: 1, host: hostname(), boot, started: '1', namespace: 'pid:[1]' }));
  const words = ['download', '--url', server.file, '--sha256', stage.sha256, '-o', stage.destination];
  const running = startLoopstick(words, { home: stage.home, cwd: stage.target });
  await running.says(lock);
  expect(sentBy(server)).toBe(0);
  await rm(lock);
  const { exitCode } = await running;
  await expectBytes(stage, { exitCode, code: undefined, message: '' });
});

describe.concurrent('a signal', () => {
  it.for<[NodeJS.Signals, number]>([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s ends it, and the next one goes on', async ([signal, code], { stage }) => {
    const server = await stage.serve([], { totalRate: 4 * MiB });
    const running = start(stage, server);
    await untilSent(server, 2.5 * MiB, running);
    running.kill(signal);
    expect((await running).exitCode).toBe(code);
    expect(await stage.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
    const before = sentBy(server);
    await expectBytes(stage, await stage.command(server));
    expect(sentBy(server) - before).toBeLessThan(stage.content.length - 1.5 * MiB);
  });
});

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
