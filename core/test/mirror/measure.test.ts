import { describe, expect, it } from 'vitest';

import type { FileServer } from '../../../test/src/servers/index.ts';
import type { MirrorMemory } from '../../src/mirror/memory.ts';
import { learnMeasured } from '../../src/mirror/learn-measured.ts';
import { measureMirror, type Measurement } from '../../src/mirror/measure.ts';
import { createRoom, type Room } from '../download/support.ts';

const KIB = 1024;
const SIZE = 3_000_000;
const never = (): AbortSignal => new AbortController().signal;
const urlOn = ({ url }: FileServer): string => `${url}/image.iso`;

function measure(
  { engine }: Room,
  server: FileServer,
  { size = SIZE, bytes = 256 * KIB, ms = 10_000, signal = never() } = {},
): Promise<Measurement> {
  return measureMirror(engine, { url: urlOn(server), size }, { bytes, ms, signal });
}

describe('a mirror is measured', () => {
  it('by one request for what was asked for, somewhere in the file, and by its size', async () => {
    const room = await createRoom(SIZE);
    const server = await room.serve();
    const starts = new Set<number>();
    for (let time = 0; time < 8; time++) {
      const result = await measure(room, server);
      expect(result).toMatchObject({ state: 'current', bytes: 256 * KIB, lesson: { outcome: 'success' } });
      expect(result.speed).toBeGreaterThan(0);
      expect(result.firstByteMs).toBeGreaterThan(0);
    }
    for (const { range = '' } of server.requests) {
      const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
      starts.add(Number(start));
      expect(Number(start) % (64 * KIB)).toBe(0);
      expect(Number(last) - Number(start) + 1).toBe(256 * KIB);
      expect(Number(last)).toBeLessThan(SIZE);
    }
    expect(server.requests).toHaveLength(8);
    expect(starts.size).toBeGreaterThan(1);
  });

  it('from its beginning when the file is smaller than that, or nobody knows how large it is', async () => {
    const room = await createRoom(100_000);
    const server = await room.serve();
    expect(await measure(room, server, { size: 100_000 })).toMatchObject({ state: 'current', bytes: 100_000 });
    const { engine } = room;
    const unknown = await measureMirror(engine, { url: urlOn(server) }, { bytes: 1000, ms: 10_000, signal: never() });
    expect(unknown).toMatchObject({ state: 'current', bytes: 1000, speed: undefined });
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=0-99999', 'bytes=0-999']);
  });

  it('stale with another size, missing without the file, failed in every other way', async () => {
    const room = await createRoom(SIZE);
    const stale = await room.serve({ content: Buffer.alloc(SIZE + 1) });
    const short = await room.serve({ content: Buffer.alloc(1000) });
    const missing = await room.serve({ fault: { kind: 'status', status: 404 } });
    const ill = await room.serve({ fault: { kind: 'status', status: 503 } });
    const gone = await room.serve();
    await gone.close();
    expect(await measure(room, stale)).toMatchObject({ state: 'stale', bytes: 0, lesson: { outcome: 'stale' } });
    expect(await measure(room, short)).toMatchObject({ state: 'stale' });
    expect(await measure(room, missing)).toMatchObject({ state: 'missing' });
    expect(await measure(room, ill)).toMatchObject({ state: 'failed', lesson: { outcome: 'http-error' } });
    expect(await measure(room, gone)).toMatchObject({ state: 'failed', lesson: { outcome: 'reset' } });
    for (const { requests } of [stale, missing, ill]) expect(requests).toHaveLength(1);
  });

  it.each([
    ['a file that the server calls a page', SIZE, 'image.iso', { state: 'current', bytes: 256 * KIB }],
    ['a page in its place', 4000, 'image.iso', { state: 'failed', bytes: 0, lesson: { outcome: 'http-error' } }],
    ['a page of no known size', undefined, 'image.iso', { state: 'failed', bytes: 0 }],
    ['a page that was asked for', SIZE, 'index.html', { state: 'current', bytes: 256 * KIB }],
  ])('as a download judges it: %s', async (_, total, file, expected) => {
    const { engine } = await createRoom(SIZE);
    engine.own.transport({
      name: 'pages',
      schemes: ['pages'],
      open: ({ url, start, end }) =>
        Promise.resolve({
          ...{
            start,
            end,
            total,
            validators: {},
            address: url,
            mediaType: 'text/html',
            fileName: undefined,
            digests: {},
          },
          body: (async function* () {
            await Promise.resolve();
            yield [new Uint8Array(256 * KIB)];
          })(),
        }),
    });
    const asked = { url: `pages://a.example/${file}`, size: SIZE };
    const options = { bytes: 256 * KIB, ms: 10_000, signal: never() };
    expect(await measureMirror(engine, asked, options)).toMatchObject(expected);
  });

  it('only when all is loaded that asks', async () => {
    const { engine } = await createRoom(SIZE);
    let ready = false;
    let asked: number | undefined;
    const clock = { ms: 0 };
    engine.own.transport({
      name: 'lazy',
      schemes: ['lazy'],
      prepare: async () => {
        await Promise.resolve();
        clock.ms += 1000;
        ready = true;
      },
      open: ({ url, start, end }) => {
        asked = clock.ms;
        if (!ready) clock.ms += 1000;
        const plain = { start, end, total: SIZE, validators: {}, address: url, mediaType: undefined };
        const body = (async function* () {
          await Promise.resolve();
          yield [new Uint8Array(256 * KIB)];
        })();
        return Promise.resolve({ ...plain, fileName: undefined, digests: {}, body });
      },
    });
    const own = { ...engine, context: { ...engine.context, clock: () => clock.ms } };
    const options = { bytes: 256 * KIB, ms: 10_000, signal: never() };
    const result = await measureMirror(own, { url: 'lazy://a.example/x', size: SIZE }, options);
    expect({ asked, firstByteMs: result.firstByteMs }).toEqual({ asked: 1000, firstByteMs: 0 });
  });

  it('never by a host that is banned', async () => {
    const room = await createRoom(SIZE);
    const banned = await room.serve({ address: '127.0.0.9' });
    const mirror = await room.serve({ fault: { kind: 'redirect', to: urlOn(banned) } });
    const mirrors = { ...room.engine.settings.mirrors, ban: ['127.0.0.9'] };
    const engine = { ...room.engine, settings: { ...room.engine.settings, mirrors } };
    expect(await measure({ ...room, engine }, mirror)).toMatchObject({ state: 'failed', bytes: 0 });
    expect(banned.requests).toEqual([]);
  });

  it('by what came in time', async () => {
    const room = await createRoom(SIZE);
    const server = await room.serve({ hold: { after: 100_000 } });
    const result = await measure(room, server, { ms: 700 });
    expect(result).toMatchObject({ state: 'current', bytes: 100_000 });
    const silent = await room.serve({ hold: { after: 0 } });
    expect(await measure(room, silent, { ms: 300 })).toMatchObject({ state: 'failed', lesson: { outcome: 'timeout' } });
  });

  it('until its signal ends it', async () => {
    const room = await createRoom(SIZE);
    const server = await room.serve({ hold: { after: 0 } });
    const enough = new AbortController();
    const result = measure(room, server, { signal: enough.signal });
    enough.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
  });
});

describe('what was measured is remembered', () => {
  const of = (host: string, lesson: Measurement['lesson']): Measurement => ({
    ...{ url: `http://${host}/x.iso`, state: 'current', bytes: 0 },
    lesson,
  });
  const learned = (measurements: readonly Measurement[]): unknown[] => {
    const lessons: unknown[] = [];
    const memory: Pick<MirrorMemory, 'learn'> = { learn: (mirror, lesson) => lessons.push([mirror, lesson]) };
    learnMeasured(memory, measurements);
    return lessons;
  };
  const silence = of('b', { outcome: 'timeout' });

  it('by mirror', () => {
    const lesson = { outcome: 'success', speed: 5 } as const;
    expect(learned([of('a', lesson), silence])).toEqual([
      ['http://a', lesson],
      ['http://b', { outcome: 'timeout' }],
    ]);
  });

  it('but no silence when nobody could be reached', () => {
    expect(learned([of('a', { outcome: 'reset' }), silence])).toEqual([]);
  });
});
