import { describe, expect, it } from 'vitest';

import type { ListedImage, MirrorCandidate, MirrorHistory } from '../../src/engine/hooks.ts';
import { gatherCandidates, type GatherOptions } from '../../src/mirror/gather.ts';
import { addLists, IMAGE, listRoom, serveLists, type ListRoom, type ListServer } from './lists/support.ts';

const never = (): AbortSignal => new AbortController().signal;

const HISTORY: MirrorHistory = {
  outcomes: { success: 1, timeout: 0, 'http-error': 0, reset: 0, stale: 0, corrupt: 0 },
  lastUsed: new Date(0),
};

/** Gathers for the test image. */
function gather({ engine }: ListRoom, options: Partial<GatherOptions> = {}): Promise<readonly MirrorCandidate[]> {
  const standard = { urls: IMAGE.urls, image: IMAGE, verified: true, signal: never(), maxWaitMs: 25_000 };
  return gatherCandidates(engine, { ...standard, ...options });
}

const urlsOf = (candidates: readonly MirrorCandidate[]): string[] => candidates.map(({ url }) => url);

/** A server with these lists by path, and a room whose engine is told of them, each by a source of its own. */
async function roomWith(
  lists: Readonly<Record<string, readonly string[]>>,
  mirrors: object = {},
  path: string | undefined = '1/image.iso',
): Promise<{ room: ListRoom; server: ListServer }> {
  const server = await serveLists((response, { url = '' }) => response.end((lists[url.slice(1)] ?? []).join('\n')));
  const room = await listRoom(mirrors);
  for (const name of Object.keys(lists)) {
    addLists(room.engine, name, () => [{ format: 'mirrorlist', url: `${server.url}/${name}`, path }]);
  }
  return { room, server };
}

describe('candidates', () => {
  it('are the addresses of the job, then the own mirrors, then those of lists, in their order', async () => {
    const { room } = await roomWith(
      { first: ['https://a.example/pub', 'https://b.example/'], second: ['https://c.example/x/'] },
      { own: { test: ['https://own.example/iso'], other: ['https://other.example/'] } },
    );
    expect(await gather(room)).toEqual([
      candidate('https://vendor.example/1/image.iso', ['catalog'], 0),
      candidate('https://own.example/iso/1/image.iso', ['settings'], 1),
      candidate('https://a.example/pub/1/image.iso', ['first'], 2),
      candidate('https://b.example/1/image.iso', ['first'], 3),
      candidate('https://c.example/x/1/image.iso', ['second'], 4),
    ]);
    expect(room.warnings).toEqual([]);
  });

  it('are only those of the job when nobody knows the image', async () => {
    const { room, server } = await roomWith({ first: ['https://a.example/'] });
    expect(urlsOf(await gather(room, { image: undefined }))).toEqual(IMAGE.urls);
    expect(urlsOf(await gather(room, { image: { ...IMAGE, distribution: 'other' } }))).toEqual(IMAGE.urls);
    expect(server.requests).toEqual([]);
  });

  it('come from no list when the settings say so, or nothing would prove what they send', async () => {
    const own = { test: ['https://own.example/'] };
    const wanted = [...IMAGE.urls, 'https://own.example/1/image.iso'];
    const { room, server } = await roomWith({ first: ['https://a.example/'] }, { own });
    expect(urlsOf(await gather(room, { verified: false }))).toEqual(wanted);
    const { room: other, server: otherServer } = await roomWith(
      { first: ['https://a.example/'] },
      { own, lists: false },
    );
    expect(urlsOf(await gather(other))).toEqual(wanted);
    expect([...server.requests, ...otherServer.requests]).toEqual([]);
  });

  it('come from no publisher when nobody but the own mirrors is to be asked, only from what is kept', async () => {
    const { room, server } = await roomWith({ first: ['https://a.example/'] });
    const settings = { ...room.engine.settings, mirrors: { ...room.engine.settings.mirrors, only: true } };
    const only = { ...room, engine: { ...room.engine, settings } };
    expect(urlsOf(await gather(only))).toEqual(IMAGE.urls);
    expect(server.requests).toEqual([]);
    await gather(room);
    expect(urlsOf(await gather(only))).toEqual([...IMAGE.urls, 'https://a.example/1/image.iso']);
    expect(server.requests).toHaveLength(1);
  });

  it('are at most 300', async () => {
    const hosts = Array.from({ length: 500 }, (_, index) => `https://host-${index}.example/`);
    const { room } = await roomWith({ first: hosts });
    expect(await gather(room)).toHaveLength(300);
  });

  it('remember what was learned of their mirrors', async () => {
    const { room } = await roomWith({ first: ['https://a.example/', 'https://b.example:8443/'] });
    const recall = (mirror: string): MirrorHistory | undefined => {
      if (mirror === 'https://a.example') throw new Error('damaged');
      return mirror === 'https://b.example:8443' ? HISTORY : undefined;
    };
    const candidates = await gather(room, { memory: { recall } });
    expect(candidates.map(({ history }) => history)).toEqual([undefined, undefined, HISTORY]);
  });
});

describe('mirrors that several name', () => {
  it('are one, with what all say of them', async () => {
    const { room } = await roomWith(
      {
        first: ['https://VENDOR.example/elsewhere', 'https://a.example/one', 'https://a.example:8443/'],
        second: ['https://a.example./two'],
      },
      { own: { test: ['https://a.example/mine'] } },
    );
    expect(await gather(room)).toEqual([
      candidate('https://vendor.example/1/image.iso', ['catalog', 'first'], 0),
      candidate('https://a.example/mine/1/image.iso', ['settings', 'first', 'second'], 1),
      candidate('https://a.example:8443/1/image.iso', ['first'], 2),
    ]);
  });

  it('stay where they first came, with https', async () => {
    const lists = { first: ['http://a.example/', 'http://b.example/'], second: ['https://a.example/x'] };
    const { room } = await roomWith(lists, { http: true });
    expect(urlsOf(await gather(room, { urls: [] }))).toEqual([
      'https://a.example/x/1/image.iso',
      'http://b.example/1/image.iso',
    ]);
  });

  it('are reached by the address of the job, which a list only makes safe', async () => {
    const { room } = await roomWith({ first: ['https://a.example/x', 'https://b.example/'] });
    const urls = ['http://a.example/image.iso', 'http://b.example/1/image.iso'];
    expect(urlsOf(await gather(room, { urls }))).toEqual([
      'http://a.example/image.iso',
      'https://b.example/1/image.iso',
    ]);
  });

  it('are as many as the job has addresses on them', async () => {
    const urls = ['https://a.example/current/image.iso', 'https://a.example/archive/image.iso'];
    const { room } = await roomWith({ first: ['https://a.example/'] });
    const candidates = await gather(room, { urls: [...urls, urls[0]!] });
    expect(urlsOf(candidates)).toEqual(urls);
    expect(candidates.map(({ mirror }) => mirror)).toEqual(['https://a.example', 'https://a.example']);
  });

  it('may be none that the web knows', async () => {
    const { room } = await roomWith({});
    const urls = ['test:one', 'test:two', 'no address'];
    expect(urlsOf(await gather(room, { urls }))).toEqual(urls);
  });
});

describe('mirrors that the user names', () => {
  const LIST = ['https://a.example/', 'https://b.example:8443/', 'https://mirror.c.example/', 'https://notc.example/'];

  it('are banned by host, with all below it', async () => {
    const ban = ['A.example', 'b.example:9000', 'https://c.example/pub', 'vendor.example', '', 'no host!'].filter(
      Boolean,
    );
    const { room } = await roomWith({ first: LIST }, { ban });
    expect(urlsOf(await gather(room))).toEqual([
      'https://b.example:8443/1/image.iso',
      'https://notc.example/1/image.iso',
    ]);
  });

  it('by names that no address has cost a warning', async () => {
    const { room } = await roomWith({}, { ban: ['*', 'a.example/x'], prefer: ['*.b.example'] });
    expect(urlsOf(await gather(room))).toEqual(IMAGE.urls);
    expect(room.warnings).toEqual(['MIRROR_BAD_HOST', 'MIRROR_BAD_HOST']);
  });

  it('may be banned all', async () => {
    const { room } = await roomWith({}, { ban: ['vendor.example'] });
    expect(await gather(room)).toEqual([]);
  });

  it('are preferred in their order', async () => {
    const { room } = await roomWith({ first: LIST }, { prefer: ['c.example', 'b.example:8443', 'b.example'] });
    const places = (await gather(room)).map(({ preferred }) => preferred);
    expect(places).toEqual([undefined, undefined, 1, 0, undefined]);
  });

  it('in another writing are the same', async () => {
    const { room } = await roomWith({ first: ['https://xn--bcher-kva.example/'] }, { ban: ['BÜCHER.example'] });
    expect(urlsOf(await gather(room))).toEqual(IMAGE.urls);
  });
});

describe('mirrors without encryption', () => {
  it('are left out, unless the user wants them or they are on this machine', async () => {
    const list = { first: ['http://a.example/', 'http://127.0.0.1:8080/', 'https://c.example/'] };
    const { room } = await roomWith(list);
    expect(urlsOf(await gather(room, { urls: ['http://vendor.example/image.iso'] }))).toEqual([
      'http://vendor.example/image.iso',
      'http://127.0.0.1:8080/1/image.iso',
      'https://c.example/1/image.iso',
    ]);
    const { room: other } = await roomWith(list, { http: true });
    expect(await gather(other)).toHaveLength(4);
  });
});

describe('own mirrors', () => {
  const own = { test: ['https://own.example/linux/', 'https://other.example/iso/image.iso', 'https://q.example/?x'] };

  it('are used by their own address, or not at all, when nobody knows what is below them', async () => {
    const room = await listRoom({ own });
    expect(urlsOf(await gather(room, { urls: [] }))).toEqual(['https://other.example/iso/image.iso']);
    expect(room.warnings).toEqual(['MIRROR_OWN_WITHOUT_PATH', 'MIRROR_OWN_WITHOUT_PATH']);
  });

  it("are like the vendor's tree where lists are of folders in it", async () => {
    const room = await listRoom({ own, lists: false });
    addLists(room.engine, 'first', () => [
      { format: 'mirrorlist', url: 'https://l.example/', path: 'image.iso', tree: 'releases/1/image.iso' },
    ]);
    expect(urlsOf(await gather(room, { urls: [] }))).toEqual([
      'https://own.example/linux/releases/1/image.iso',
      'https://other.example/iso/image.iso',
    ]);
  });

  it('may have a user and a password', async () => {
    const { room } = await roomWith({ first: [] }, { own: { test: ['http://me:secret@own.example/'] }, lists: false });
    expect(urlsOf(await gather(room, { urls: [] }))).toEqual(['http://me:secret@own.example/1/image.iso']);
  });
});

describe('lists', () => {
  it('hold nothing up: what comes late is there the next time', async () => {
    let release: () => void = () => undefined;
    const server = await serveLists((response, { url }) => {
      const host = url === '/fast' ? 'fast' : 'slow';
      const send = (): unknown => response.end(`https://${host}.example/`);
      if (host === 'fast') send();
      else release = send;
    });
    const room = await listRoom();
    const add = (name: string): void =>
      addLists(room.engine, name, () => [{ format: 'mirrorlist', url: `${server.url}/${name}`, path: 'image.iso' }]);
    const fast = 'https://fast.example/image.iso';
    add('fast');
    expect(urlsOf(await gather(room, { urls: [] }))).toEqual([fast]);
    add('slow');
    expect(urlsOf(await gather(room, { urls: [], maxWaitMs: 1_000 }))).toEqual([fast]);
    release();
    const offline = async (): Promise<string[]> => urlsOf(await gather(room, { urls: [], offline: true }));
    await expect.poll(offline, { timeout: 10_000 }).toEqual([fast, 'https://slow.example/image.iso']);
    expect(server.requests).toHaveLength(2);
    expect(room.warnings).toEqual(['MIRROR_LIST_LATE']);
  });

  it('hold nothing up when the plugin does not answer', async () => {
    const room = await listRoom();
    room.engine.own.mirrorList({
      name: 'test',
      distributions: ['test'],
      lists: () => new Promise(() => undefined) as unknown as [],
    });
    expect(urlsOf(await gather(room, { maxWaitMs: 20 }))).toEqual(IMAGE.urls);
  });

  it('that fail cost a warning and no other list', async () => {
    const { room } = await roomWith({ empty: [], second: ['https://b.example/'] });
    addLists(room.engine, 'throws', () => {
      throw new Error('broken');
    });
    expect(urlsOf(await gather(room))).toEqual([...IMAGE.urls, 'https://b.example/1/image.iso']);
    expect(room.warnings.sort()).toEqual(['MIRROR_LIST_MALFORMED', 'PLUGIN_TAP_FAILED']);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'https://l.example/'],
    ['an unknown format', [{ format: 'html', url: 'https://l.example/' }]],
    ['no address', [{ format: 'mirrorlist', url: 'l.example' }]],
    ['no encryption', [{ format: 'mirrorlist', url: 'http://l.example/' }]],
    ['credentials', [{ format: 'mirrorlist', url: 'https://me:secret@l.example/' }]],
    ['a file', [{ format: 'mirrorlist', url: 'file:///etc/passwd' }]],
    ['a path that leads out', [{ format: 'mirrorlist', url: 'https://l.example/', path: '../x' }]],
    ['an absolute path', [{ format: 'mirrorlist', url: 'https://l.example/', tree: '/x' }]],
    ['too many', Array.from({ length: 9 }, () => ({ format: 'mirrorlist', url: 'https://l.example/' }))],
  ])('of which a plugin says %s cost a warning', async (_, lists) => {
    const room = await listRoom();
    addLists(room.engine, 'test', () => lists as []);
    expect(urlsOf(await gather(room))).toEqual(IMAGE.urls);
    expect(room.warnings).toEqual(['PLUGIN_OUTPUT_INVALID']);
  });

  it('are asked for with what is known of the image', async () => {
    const room = await listRoom();
    const seen: ListedImage[] = [];
    addLists(room.engine, 'test', (image) => {
      seen.push(image);
      return [];
    });
    await gather(room);
    expect(seen).toEqual([IMAGE]);
  });

  it('are left by who gives up', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const server = await serveLists(() => stop.abort(reason));
    const room = await listRoom();
    addLists(room.engine, 'test', () => [{ format: 'mirrorlist', url: server.url }]);
    await expect(gather(room, { signal: stop.signal })).rejects.toBe(reason);
    expect(room.warnings).toEqual([]);
  });
});

function candidate(url: string, sources: readonly string[], position: number): MirrorCandidate {
  return { url, mirror: new URL(url).origin, sources, position };
}
