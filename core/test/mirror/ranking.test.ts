import { describe, expect, it } from 'vitest';

import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { MirrorStrategy } from '../../src/engine/hooks.ts';
import { parseSettings } from '../../src/engine/settings.ts';
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

  it('that leaves out every mirror leaves nothing to download from', async () => {
    const { room } = await withStrategy(await createRoom(1_000), async () => []);
    await expect(download(room, [await room.serve()])).rejects.toMatchObject({ code: 'DOWNLOAD_NO_MIRRORS' });
  });
});
