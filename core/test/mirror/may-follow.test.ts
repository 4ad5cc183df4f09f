import { expect, it } from 'vitest';

import { mayFollow } from '../../src/mirror/may-follow.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { createRoom, download, PLUGINS } from '../download/support.ts';

const BANNED = { mirrors: { ban: ['127.0.0.9', 'b.example'], strategy: 'ordered' } };

it('leads anywhere but to who is banned', () => {
  const may = mayFollow({ settings: parseSettings(BANNED, 'test') });
  expect(['http://a.example/', 'http://b.example/', 'https://x.b.example:8080/y'].map(may)).toEqual([
    true,
    false,
    false,
  ]);
});

it('no download comes from a host that is banned, whoever sends it there', async () => {
  const room = await createRoom(100_000);
  const settings = parseSettings(BANNED, 'test');
  const engine = await createEngine({ context: room.engine.context, plugins: PLUGINS, settings });
  const banned = await room.serve({ address: '127.0.0.9' });
  const sends = await room.serve({ fault: { kind: 'redirect', to: `${banned.url}/image.iso` } });
  const good = await room.serve();
  await download({ ...room, engine }, [sends, good]);
  expect(sends.requests).not.toEqual([]);
  expect(banned.requests).toEqual([]);
});
