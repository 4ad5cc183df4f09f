import { once } from 'node:events';

import { Client as DhtNode } from 'bittorrent-dht';
import { expect, it } from 'vitest';

import { createEngine } from '../src/torrent-engine.ts';
import { createFile, onCleanUp, peersOf, read, SIGNAL } from './support.ts';

it('finds peers in the DHT, where those who want it can be found', async () => {
  const node = new DhtNode({ bootstrap: false, host: '127.0.0.1' });
  node.listen(0, '127.0.0.1');
  await once(node, 'listening');
  onCleanUp(() => {
    node.destroy();
  });
  const options = { find: ['dht'], 'dht-nodes': [`127.0.0.1:${node.address().port}`] };
  const file = await createFile(500_000);
  let announced = 0;
  node.on('announce', () => announced++);
  const first = once(node, 'announce');
  const offer = await createEngine(options).offer({ file: file.path, host: '127.0.0.1', signal: SIGNAL });
  onCleanUp(() => offer.close());
  await first;
  const nobody = offer.address.replace(/&x\.pe=.*$/, '');
  expect(peersOf({ address: nobody })).toEqual([]);
  expect((await read(nobody, {}, options)).bytes.equals(file.content)).toBe(true);
  // Who takes only cannot be reached, and is not to be found.
  expect(announced).toBe(1);
  await expect(read(nobody)).rejects.toMatchObject({ code: 'TORRENT_NO_PEERS' });
});
