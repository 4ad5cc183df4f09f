import { describe, expect, it } from 'vitest';

import { farthest, mayName, withinReach } from '../src/find/reach.ts';

describe('whom somebody may name', () => {
  const peers = ['127.0.0.1', '192.168.1.9', '203.0.113.5', 'fd00::1', '::1', 'inside.example'].map((host) => ({
    host,
    port: 1,
  }));
  it.each([
    ['world', ['203.0.113.5']],
    ['network', ['192.168.1.9', '203.0.113.5', 'fd00::1']],
    ['machine', peers.map(({ host }) => host)],
  ] as const)('is nobody nearer than itself: %s', (reach, hosts) => {
    expect(withinReach(peers, reach).map(({ host }) => host)).toEqual(hosts);
  });

  it('holds for trackers as well', () => {
    expect([mayName('world', 'machine'), mayName('machine', 'world')]).toEqual([false, true]);
    expect([farthest(['machine', 'world', 'network']), farthest(['machine']), farthest([])]).toEqual([
      'world',
      'machine',
      'machine',
    ]);
  });
});
