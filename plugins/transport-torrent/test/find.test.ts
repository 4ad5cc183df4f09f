import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { parseCall } from '../src/find/local.ts';
import { mayName, withinReach } from '../src/find/reach.ts';
import { askUdpTracker } from '../src/find/udp-tracker.ts';
import { askHttpTracker } from '../src/find/http-tracker.ts';
import { encode } from '../src/format/bencode.ts';
import { onCleanUp, serve, SIGNAL } from './support.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const ANNOUNCEMENT = { infoHash: HASH, peerId: HASH, port: 9, left: 5, event: 'started' } as const;

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
  });
});

describe('a tracker of the web', () => {
  it('says who is there, in short or at length', async () => {
    const bodies = [
      encode({ interval: 60, peers: Buffer.from([192, 0, 2, 1, 0, 80, 192, 0, 2, 2, 0, 0]) }),
      encode({ peers: [{ ip: '192.0.2.1', port: 80 }, { ip: 'a b', port: 80 }, { ip: '192.0.2.3' }] }),
    ];
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end(bodies.shift());
    });
    for (const interval of [60, 1800]) {
      expect(await askHttpTracker(`${url}a?key=1`, ANNOUNCEMENT, { signal: SIGNAL })).toEqual({
        interval,
        peers: [{ host: '192.0.2.1', port: 80 }],
      });
    }
    expect(asked[0]).toContain('/a?key=1&info_hash=%01%23%45');
  });

  it.each([encode({ 'failure reason': 'no' }), Buffer.from('<html>'), encode([])])('may refuse', async (body) => {
    const url = await serve((_, response) => response.end(body));
    await expect(askHttpTracker(url, ANNOUNCEMENT, { signal: SIGNAL })).rejects.toThrow();
  });
});

describe('a tracker by UDP', () => {
  it('is asked in two steps, and strangers are not listened to', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onCleanUp(() => socket.close());
    socket.on('message', (message, { port, address }) => {
      const action = message.readUInt32BE(8);
      const head = Buffer.concat([message.subarray(8, 12), message.subarray(12, 16)]);
      const peers = Buffer.from([192, 0, 2, 7, 0, 80]);
      const announced = Buffer.concat([head, Buffer.from('000000780000000000000000', 'hex'), peers]);
      socket.send(Buffer.alloc(40, 1), port, address);
      socket.send(action === 0 ? Buffer.concat([head, Buffer.alloc(8, 9)]) : announced, port, address);
    });
    const { port } = socket.address();
    expect(await askUdpTracker(`udp://127.0.0.1:${port}`, ANNOUNCEMENT, SIGNAL)).toEqual({
      interval: 120,
      peers: [{ host: '192.0.2.7', port: 80 }],
    });
  });
});

describe('a call into the own network', () => {
  const lines = (...all: string[]): Buffer => Buffer.from(['BT-SEARCH * HTTP/1.1', ...all, '', ''].join('\r\n'));
  it('names a torrent and a port', () => {
    expect(parseCall(lines('Host: x', 'Port: 6881', `Infohash: ${HASH.toUpperCase()}`, 'cookie: c'))).toEqual({
      ...{ port: '6881', infoHashes: [HASH], cookie: 'c' },
    });
  });

  it.each([lines('Infohash: x'), lines('Port: x'), Buffer.from('M-SEARCH * HTTP/1.1'), Buffer.alloc(2000)])(
    'is nothing else',
    (message) => {
      expect(parseCall(message)).toBeUndefined();
    },
  );
});
