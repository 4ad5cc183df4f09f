import { describe, expect, it } from 'vitest';

import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import type { MirrorCandidate, MirrorStrategy, RankedMirror } from '../../src/engine/hooks.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { candidatesFrom } from '../../src/mirror/candidate.ts';
import { Ranking } from '../../src/mirror/ranking.ts';
import { temporaryFolder } from '../engine/support.ts';
import { createRoom, download, IMPATIENT, PLUGINS, type Room } from '../download/support.ts';

/** The room with an engine whose mirror strategy is this one. */
async function withStrategy(room: Room, rank: MirrorStrategy['rank']): Promise<{ room: Room; warnings: unknown[] }> {
  const settings = parseSettings({ mirrors: { strategy: 'test' } }, 'test');
  const engine: Engine = await createEngine({ context: room.engine.context, plugins: PLUGINS, settings });
  engine.own.mirrorStrategy({ name: 'test', description: 'test', rank });
  const warnings: unknown[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning));
  return { room: { ...room, engine }, warnings };
}

describe('the mirror strategy', () => {
  it('decides the order, and what is left out', async () => {
    const room = await createRoom(1_000);
    const servers = [await room.serve(), await room.serve(), await room.serve()];
    const broken = { kind: 'status', status: 404 } as const;
    servers.push(await room.serve({ fault: broken }));
    const { room: own, warnings } = await withStrategy(room, async (candidates, { size }) => {
      expect(size).toBe(1_000);
      // While it runs, those are asked about that were not left out.
      const wanted = candidates.length < 4 ? [1, 0] : [3, 1];
      return wanted.map((index) => ({ url: candidates[index]!.url, reason: 'for a test' }));
    });
    await download(own, servers, {}, { patience: { ...IMPATIENT, openMs: 20_000 } });
    expect(servers.map(({ requests }) => requests.length)).toEqual([0, 1, 0, 1]);
    expect(warnings).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'PLUGIN_TAP_FAILED',
    ],
    ['returns nonsense', () => 'fast', 'PLUGIN_OUTPUT_INVALID'],
    ['returns an empty place', () => [null], 'PLUGIN_OUTPUT_INVALID'],
    ['makes up a mirror', () => [{ url: 'http://127.0.0.1:9/evil', reason: 'evil' }], 'PLUGIN_OUTPUT_INVALID'],
  ])('that %s costs its advice and not the download', async (_, rank, code) => {
    const room = await createRoom(1_000);
    const servers = [await room.serve(), await room.serve()];
    const { room: own, warnings } = await withStrategy(room, (async () => rank()) as unknown as MirrorStrategy['rank']);
    await download(own, servers, {}, { patience: { ...IMPATIENT, openMs: 20_000 } });
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 0]);
    expect(warnings).toMatchObject([{ code }]);
  });

  it('is not what is to blame when the user has named nobody who has the file', async () => {
    const room = await createRoom(1_000);
    const settings = parseSettings({ mirrors: { only: true, prefer: ['a.example'] } }, 'test');
    const engine = await createEngine({ context: room.engine.context, plugins: PLUGINS, settings });
    const downloading = download({ ...room, engine }, [await room.serve()]);
    await expect(downloading).rejects.toMatchObject({ code: 'MIRROR_NONE_NAMED' });
  });

  it('that leaves out every mirror leaves nothing to download from', async () => {
    const { room } = await withStrategy(await createRoom(1_000), async () => []);
    await expect(download(room, [await room.serve()])).rejects.toMatchObject({ code: 'DOWNLOAD_NO_MIRRORS' });
  });
});

describe('one asking', () => {
  const CANDIDATES = candidatesFrom(['https://a.example/x', 'https://b.example/x', 'https://c.example/x']);

  /** What comes of it when this strategy is asked, and what is warned of. */
  async function ask(
    rank: (candidates: readonly MirrorCandidate[]) => unknown,
    { mirrors = {}, candidates = CANDIDATES }: { mirrors?: object; candidates?: readonly MirrorCandidate[] } = {},
  ): Promise<{ ranked: readonly RankedMirror[]; used: string[]; warnings: LoopstickError[] }> {
    const engine = await createEngine({
      context: { env: { LOOPSTICK_HOME: await temporaryFolder() } },
      settings: parseSettings({ mirrors: { strategy: 'test', ...mirrors } }, 'test'),
      deadlines: { mirrorOrder: 50 },
    });
    const warnings: LoopstickError[] = [];
    engine.events.on('warning', (warning) => warnings.push(warning));
    engine.own.mirrorStrategy({ name: 'test', description: 'test', rank: rank as unknown as MirrorStrategy['rank'] });
    const question = { size: 1000, remaining: 1000, signal: new AbortController().signal };
    const ranked = await new Ranking(engine).ask(candidates, question);
    const used = ranked.filter(({ use }) => use !== false).map(({ url }) => new URL(url).host.slice(0, 1));
    return { ranked, used, warnings };
  }

  const all = (candidates: readonly MirrorCandidate[]): unknown =>
    candidates.map(({ url }) => ({ url, reason: 'all' }));

  it('is not waited for when an order is wanted at once', async () => {
    const { used, warnings } = await ask(() => new Promise(() => undefined));
    expect(used).toEqual(['a', 'b', 'c']);
    expect(warnings).toMatchObject([{ code: 'PLUGIN_TAP_DEADLINE' }]);
  });

  it('is about nobody but whom the user has named, if he wants it so', async () => {
    const [a, b, c] = CANDIDATES as [MirrorCandidate, MirrorCandidate, MirrorCandidate];
    const candidates = [a, { ...b, preferred: 0 }, { ...c, sources: ['test', 'settings'] }];
    const only = { mirrors: { only: true }, candidates };
    const { ranked, used, warnings } = await ask(all, only);
    expect(used).toEqual(['b', 'c']);
    expect(ranked).toHaveLength(3);
    expect(warnings).toEqual([]);
    const broken = await ask(() => 'nonsense', only);
    expect(broken.used).toEqual(['b', 'c']);
    const nobody = await ask(all, { mirrors: { only: true } });
    expect([nobody.used, nobody.ranked.length]).toEqual([[], 3]);
  });

  it('leaves what is known of the mirrors as it is', async () => {
    const before = structuredClone(CANDIDATES);
    const renamed = await ask((candidates) => {
      Object.assign(candidates[0]!, { url: 'https://evil.example/x' });
      return all(candidates);
    });
    expect(renamed.used).toEqual(['a', 'b', 'c']);
    expect(renamed.warnings).toMatchObject([{ code: 'PLUGIN_OUTPUT_INVALID' }]);
    const emptied = await ask((candidates) => {
      (candidates as MirrorCandidate[]).splice(0);
      return [];
    });
    expect(emptied.ranked.map(({ use }) => use)).toEqual([false, false, false]);
    expect(CANDIDATES).toEqual(before);
  });

  it('is answered for by its plugin', async () => {
    const { warnings } = await ask(() => 'nonsense');
    expect(warnings).toMatchObject([{ code: 'PLUGIN_OUTPUT_INVALID', pluginId: 'loopstick' }]);
  });

  it.each([Infinity, NaN, -1, '5'])('takes no speed of %s', async (expected) => {
    const { ranked } = await ask(() => [{ url: CANDIDATES[0]!.url, reason: '', expected }]);
    expect(ranked[0]?.expected).toBeUndefined();
  });
});
