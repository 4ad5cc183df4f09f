import { expect, it } from 'vitest';

import { readOptions } from '../src/options.ts';

it('finds nobody by itself when nothing is said', () => {
  expect(readOptions({})).toEqual({ find: new Set(), peers: [], dhtNodes: [], mostPeers: 30, port: 0 });
});

it('reads what the user has set', () => {
  const words = { find: ['local', 'tracker'], peers: ['lab:6881'], 'most-peers': ['5'], port: ['6881'] };
  expect(readOptions(words)).toEqual({
    ...{
      find: new Set(['local', 'tracker']),
      peers: [{ host: 'lab', port: 6881 }],
      dhtNodes: [],
      mostPeers: 5,
      port: 6881,
    },
  });
});

it.each<Record<string, string[]>>([
  { find: ['telephone'] },
  { 'dht-nodes': ['lab'] },
  { peers: ['lab'] },
  { 'most-peers': ['many'] },
  { port: ['70000'] },
  { colour: ['red'] },
])('refuses %j', (words) => {
  expect(() => readOptions(words)).toThrow(expect.objectContaining({ code: 'TORRENT_OPTION' }));
});
