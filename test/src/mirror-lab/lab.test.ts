import { createHash } from 'node:crypto';
import { request } from 'node:http';

import { expect, onTestFinished, test } from 'vitest';

import { startLab, type Lab } from './lab.ts';
import type { MirrorSpec, Scenario } from './spec.ts';

const MiB = 1024 * 1024;
const SIZE = 9 * MiB;
const FAST = 400 * MiB;

async function lab(mirrors: readonly Partial<MirrorSpec>[], more: Partial<Scenario> = {}): Promise<Lab> {
  const scenario = { name: 'lab', title: '', life: '', size: SIZE, ...more };
  const started = await startLab({ ...scenario, mirrors: mirrors.map((spec) => ({ rate: FAST, ...spec })) });
  onTestFinished(() => started.close());
  return started;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** From the first byte to the last, in milliseconds. */
  readonly ms: number;
}

function get(url: string | undefined, range?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url ?? '', { headers: { ...(range !== undefined && { range }) }, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      const begun = performance.now();
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const { statusCode: status = 0, headers } = answer;
        resolve({ status, headers, body: Buffer.concat(chunks), ms: performance.now() - begun });
      });
    });
    asked.on('error', reject).end();
  });
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('every mirror has the file, each at an address of its own', async () => {
  const { urls, sha256: expected, counts } = await lab([{}, {}]);
  const answers = await Promise.all(urls.map((url) => get(url)));
  expect(answers.map(({ body }) => sha256(body))).toEqual([expected, expected]);
  expect(new Set(urls.map((url) => new URL(url).hostname)).size).toBe(2);
  expect(counts()).toEqual([
    { requests: 1, connections: 1, sent: SIZE, mostAtOnce: 1 },
    { requests: 1, connections: 1, sent: SIZE, mostAtOnce: 1 },
  ]);
});

test('parts are parts of the file', async () => {
  const { urls } = await lab([{}]);
  const whole = await get(urls[0]);
  const part = await get(urls[0], 'bytes=1000001-3000000');
  expect(part.status).toBe(206);
  expect(part.headers['content-range']).toBe(`bytes 1000001-3000000/${SIZE}`);
  expect(part.body.equals(whole.body.subarray(1_000_001, 3_000_001))).toBe(true);
});

test('what mirrors may have instead of the file', async () => {
  const { urls, sha256: right } = await lab([
    { holds: 'nothing' },
    { holds: 'stale' },
    { holds: 'stale-of-same-size' },
    { holds: 'flipped' },
    { ranges: false },
  ]);
  const [nothing, stale, same, flipped, whole] = await Promise.all(urls.map((url) => get(url)));
  expect(nothing?.status).toBe(404);
  expect(stale?.body.length).toBeGreaterThan(SIZE);
  expect([same, flipped].map((answer) => answer?.body.length)).toEqual([SIZE, SIZE]);
  expect([same, flipped].map((answer) => answer !== undefined && sha256(answer.body) === right)).toEqual([
    false,
    false,
  ]);
  const good = (await get(urls[4])).body;
  const wrong = flipped?.body.filter((byte, index) => byte !== good[index]);
  expect(wrong?.length).toBe(8);
  expect(whole && sha256(whole.body)).toBe(right);
  expect((await get(urls[4], 'bytes=5-6')).status).toBe(200);
});

test('a mirror takes no more requests at once than it says', async () => {
  const { urls, counts } = await lab([{ rate: 20 * MiB, limit: { requests: 1, status: 429, retryAfter: 7 } }]);
  const first = get(urls[0]);
  await until(() => counts()[0]?.sent !== 0);
  const second = await get(urls[0]);
  expect([second.status, second.headers['retry-after']]).toEqual([429, '7']);
  expect((await first).status).toBe(200);
  expect((await get(urls[0], 'bytes=0-9')).status).toBe(206);
});

test('mirrors share the line of the user, and keep to their rates', async () => {
  const { urls } = await lab([{ rate: 20 * MiB }, { rate: 4 * MiB }, {}], { downlink: 24 * MiB });
  // The slow one alone takes 2.25 s, and together they take at least 27/24 s.
  const [first, slow, last] = await Promise.all(urls.map((url) => get(url)));
  const ms = [first, slow, last].map((answer) => answer?.ms ?? 0);
  expect(ms[1]).toBeGreaterThan(2000);
  expect(Math.max(...ms)).toBeGreaterThan(1000);
  // 20 of 24 MiB/s are left for the others.
  expect(Math.min(ms[0] ?? 0, ms[2] ?? 0)).toBeGreaterThan(400);
});

test('a silent mirror falls silent, and a new run begins anew', async () => {
  const { urls, counts, reset } = await lab([{ rate: 8 * MiB, stall: { after: 2 * MiB, seconds: 0.4 } }]);
  expect((await get(urls[0])).ms).toBeGreaterThan(1400);
  reset('next');
  expect(counts()).toEqual([{ requests: 0, connections: 0, sent: 0, mostAtOnce: 0 }]);
  expect((await get(urls[0], `bytes=0-${MiB}`)).body.length).toBe(MiB + 1);
});

test('a slow connection starts slowly', async () => {
  const { urls } = await lab([{ rate: 16 * MiB, slowStartMs: 1000 }]);
  // Evenly growing, it sends 8.4 MiB in the first second; at once it would be 9 MiB in 0.56 s.
  expect((await get(urls[0])).ms).toBeGreaterThan(900);
});

test('a mirror slows down when so much of the file has been sent', async () => {
  const changes = [{ when: { share: 0.5 }, rate: 6 * MiB }];
  const { urls } = await lab([{ changes }, { rate: 40 * MiB }]);
  await get(urls[1]);
  expect((await get(urls[0])).ms).toBeGreaterThan(1300);
});

/** Resolves when it is so. */
async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { interval: 5, timeout: 10_000 }).toBe(true);
}
