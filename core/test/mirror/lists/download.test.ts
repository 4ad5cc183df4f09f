import { describe, expect, it } from 'vitest';

import { createRoom, download, expectDone } from '../../download/support.ts';
import { addLists, IMAGE, serveLists } from './support.ts';

describe('a download', () => {
  it('goes on from a mirror that only a list names', async () => {
    const room = await createRoom(300_000);
    const gone = await room.serve({ fault: { kind: 'status', status: 404 } });
    const mirror = await room.serve();
    const lists = await serveLists((response) => response.end(`${mirror.url}/\n`));
    addLists(room.engine, 'test', () => [{ format: 'mirrorlist', url: lists.url, path: 'image.iso' }]);
    // Lists are waited for only so long, and the transport's code is loaded by then.
    await room.engine.transport(lists.url);
    await download(room, [gone], { image: IMAGE });
    await expectDone(room);
    expect(mirror.requests.length).toBeGreaterThan(0);
  });

  it('is not touched by a list that has no end', async () => {
    const room = await createRoom(300_000);
    const mirror = await room.serve();
    const lists = await serveLists((response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('https://a.example/\n'.repeat(1000)));
      };
      response.on('drain', more);
      more();
    });
    addLists(room.engine, 'test', () => [{ format: 'mirrorlist', url: lists.url, path: 'image.iso' }]);
    await download(room, [mirror], { image: IMAGE });
    await expectDone(room);
    const warnings = (): string[] => room.heard('warning').map(({ code }) => code);
    await expect.poll(warnings, { timeout: 15_000 }).toEqual(['MIRROR_LIST_TOO_LARGE']);
  });

  it('asks for no list when nothing could prove what its mirrors send', async () => {
    const room = await createRoom(300_000);
    const mirror = await room.serve();
    const lists = await serveLists((response) => response.end('https://a.example/\n'));
    addLists(room.engine, 'test', () => [{ format: 'mirrorlist', url: lists.url, path: 'image.iso' }]);
    await download(room, [mirror], { image: IMAGE, digests: {} });
    await expectDone(room);
    expect(lists.requests).toEqual([]);
  });
});
