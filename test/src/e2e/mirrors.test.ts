/** `loopstick mirrors`: who has an image, in which order they are used and why, and what is learned of them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isThere, startLoopstick, type LoopstickResult } from '../harness/loopstick.ts';
import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { inTerminal } from '../harness/terminal.ts';
import { serveFolder, type FileServer, type ServeOptions } from '../servers/index.ts';

const SIZE = 3 * 1024 * 1024;
const content = randomBytes(SIZE);

let scene: Scene;
let servers: FileServer[];
beforeEach(async () => {
  scene = await createScene();
  servers = [];
  await mkdir(scene.path('www'));
  await writeFile(scene.path('www/any.iso'), content);
  await mkdir(scene.path('old'));
  await writeFile(scene.path('old/any.iso'), content.subarray(1));
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await scene.remove();
});

/** Each on an address of its own, from 127.0.0.1 on, and all of them in the catalog, as mirrors of the image `any`. */
async function serve(...all: Partial<ServeOptions>[]): Promise<FileServer[]> {
  for (const options of all) {
    const address = `127.0.0.${servers.length + 1}`;
    servers.push(await serveFolder({ folder: scene.path('www'), address, ...options }));
  }
  await writeCatalog(scene.path('catalog'), [
    {
      ...{ distribution: 'any', version: '1', file: 'any.iso', size: SIZE },
      sha256: createHash('sha256').update(content).digest('hex'),
      mirrors: servers.map(({ url }) => `${url}/any.iso`),
    },
  ]);
  return servers;
}

const withCatalog = (...words: string[]): string[] => ['--catalog', scene.path('catalog/catalog.json'), ...words];
const run = (...words: string[]): Promise<LoopstickResult> => scene.run(withCatalog(...words));
const mirrors = (...words: string[]): Promise<LoopstickResult> => run('mirrors', ...words);
const json = async <T>(...words: string[]): Promise<T> => {
  const { stdout, stderr } = await mirrors('--json', ...words);
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as T;
};
const codeOf = async (...words: string[]): Promise<unknown> => {
  const { exitCode, error } = await mirrors('--json', ...words);
  return { exitCode, code: error?.code };
};
const hostOf = ({ url }: { readonly url: string }): string => new URL(url).hostname;

interface Tested {
  readonly url: string;
  readonly state: string;
  readonly speed?: number;
  readonly score?: number;
  readonly bytes: number;
}
interface Listed {
  readonly url: string;
  readonly banned: boolean;
  readonly preferred?: number;
  readonly sources: readonly string[];
  readonly history?: { readonly lastUsed: string; readonly outcomes: object };
}
interface Explained {
  readonly strategy: string;
  readonly place: { readonly country?: string };
  readonly mirrors: readonly { url: string; reason: string; use: boolean; chance: number }[];
}

describe('strategies', () => {
  it('are listed with whose they are, and the one in use', async () => {
    const all = await json<{ name: string; plugin: string; inUse: boolean }[]>('strategies');
    expect(all).toContainEqual(expect.objectContaining({ name: 'fastest', plugin: 'mirror-fastest' }));
    expect(all.filter(({ inUse }) => inUse)).toHaveLength(1);
  });

  it('that the command line names have to be there, also for downloads and sticks', async () => {
    await serve({});
    const unknown = { exitCode: 3, code: 'PLUGIN_NOT_FOUND' };
    expect(await codeOf('explain', 'any', '--mirror-strategy', 'luckiest')).toEqual(unknown);
    for (const words of [
      ['download', 'any'],
      ['build', 'any', '-o', 'stick.img'],
    ]) {
      const { exitCode, error } = await run('--json', ...words, '--mirror-strategy', 'luckiest');
      expect({ exitCode, code: error?.code }).toEqual(unknown);
    }
    expect(servers[0]?.requests).toEqual([]);
  });
});

describe('the mirrors of an image', () => {
  it('are all listed, with what the user wants of them, and nobody is asked', async () => {
    const [first] = await serve({}, {}, {});
    await mirrors('ban', new URL(first?.url ?? '').host);
    await mirrors('prefer', '127.0.0.3');
    const listed = await json<Listed[]>('list', 'any');
    expect(listed.map((each) => [hostOf(each), each.banned, each.preferred])).toEqual([
      ['127.0.0.1', true, undefined],
      ['127.0.0.2', false, undefined],
      ['127.0.0.3', false, 0],
    ]);
    expect(listed.map(({ sources }) => sources)).toEqual([['catalog'], ['catalog'], ['catalog']]);
    expect((await mirrors('list', 'any@1')).stdout).toMatch(/^127\.0\.0\.3:\d+ .*preferred \(1\)$/m);
    for (const { requests } of servers) expect(requests).toEqual([]);
    expect(await isThere(scene.path('home/state'))).toBe(false);
  });

  it('are put in order, with a reason each, also those that are not used', async () => {
    await serve({}, {}, {});
    await mirrors('ban', '127.0.0.1');
    await mirrors('prefer', '127.0.0.3');
    const args = ['explain', 'any', '--mirror-strategy', 'preferred', '--country', 'DE'];
    const explained = await json<Explained>(...args);
    expect(explained).toMatchObject({ strategy: 'preferred', place: { country: 'de', continent: 'eu' } });
    expect(explained.mirrors.map((each) => [hostOf(each), each.use])).toEqual([
      ['127.0.0.3', true],
      ['127.0.0.2', true],
      ['127.0.0.1', false],
    ]);
    for (const { reason } of explained.mirrors) expect(reason).toMatch(/\S/);
    const only = await json<Explained>(...args, '--only');
    expect(only.mirrors.filter(({ use }) => use).map(hostOf)).toEqual(['127.0.0.3']);
    expect(only.mirrors.map(({ chance }) => chance)).toEqual([1, 0, 0]);
    expect(await isThere(scene.path('home/state'))).toBe(false);
  });

  it.each([
    [['list', 'nothing'], 3, 'CATALOG_UNKNOWN_DISTRIBUTION'],
    [['list', './any.iso'], 2, 'CLI_USAGE'],
    [['list'], 2, 'CLI_USAGE'],
    [['explain', 'any@7'], 3, 'CATALOG_UNKNOWN_RELEASE'],
    [['explain', 'any', '--country', 'Germany'], 2, 'CLI_BAD_VALUE'],
    [['explain', 'any', '--country', 'zz'], 2, 'MIRROR_BAD_COUNTRY'],
    [['explain', 'any', '--only'], 2, 'CLI_USAGE'],
    [['test', 'any', '--most', '0'], 2, 'CLI_BAD_VALUE'],
    [['test', 'any', '--most', 'all'], 2, 'CLI_BAD_VALUE'],
  ])('are not looked for when asked by %j', async (args, exitCode, code) => {
    await serve({});
    expect(await codeOf(...args)).toEqual({ exitCode, code });
    expect(servers[0]?.requests).toEqual([]);
  });
});

describe('a test', () => {
  it('measures each mirror by one request, says what is wrong with it, and is remembered', async () => {
    await serve(
      { totalRate: 1024 * 1024 },
      { folder: scene.path('old') },
      { fault: { kind: 'status', status: 404 } },
      { fault: { kind: 'status', status: 503 } },
      {},
    );
    const { exitCode, stdout, stderr } = await mirrors('--json', 'test', 'any');
    expect(exitCode, stderr).toBe(0);
    const tested = JSON.parse(stdout) as Tested[];
    const states = Object.fromEntries(tested.map((each) => [hostOf(each), each.state]));
    expect(states).toEqual({
      ...{ '127.0.0.1': 'current', '127.0.0.2': 'stale', '127.0.0.3': 'missing', '127.0.0.4': 'failed' },
      '127.0.0.5': 'current',
    });
    expect(tested.slice(0, 2).map(hostOf)).toEqual(['127.0.0.5', '127.0.0.1']);
    for (const { requests } of servers) {
      expect(requests).toHaveLength(1);
      expect(requests[0]?.sent).toBeLessThanOrEqual(2 * 1024 * 1024);
    }
    const events = stderr.split('\n').map((line) => JSON.parse(line) as { event: string });
    expect(events.filter(({ event }) => event === 'measured')).toHaveLength(5);

    const listed = await json<Listed[]>('list', 'any');
    expect(listed.map(({ history }) => history?.outcomes !== undefined)).toEqual([true, true, true, true, true]);
    const fast = await json<Explained>('explain', 'any', '--mirror-strategy', 'fastest');
    expect(hostOf(fast.mirrors[0] ?? { url: '' })).toBe('127.0.0.5');
  });

  it('of an image of unknown size goes by what the first mirror of the catalog has', async () => {
    await serve({}, { folder: scene.path('old') }, {});
    const catalog = scene.path('catalog/catalog.json');
    await writeFile(catalog, (await readFile(catalog, 'utf8')).replace(`"size":${SIZE},`, ''));
    const tested = await json<Tested[]>('test', 'any');
    expect(Object.fromEntries(tested.map((each) => [hostOf(each), each.state]))).toEqual({
      ...{ '127.0.0.1': 'current', '127.0.0.2': 'stale', '127.0.0.3': 'current' },
    });
    for (const { requests } of servers) expect(requests).toHaveLength(1);
  });

  it('of an image of unknown size waits for no mirror before it asks the next', async () => {
    await serve(...Array.from({ length: 3 }, () => ({ hold: { after: 1000 } })));
    const catalog = scene.path('catalog/catalog.json');
    await writeFile(catalog, (await readFile(catalog, 'utf8')).replace(`"size":${SIZE},`, ''));
    const running = startLoopstick(withCatalog('--json', 'mirrors', 'test', 'any'), scene);
    await Promise.all(servers.map(({ held }) => held));
    for (const server of servers) server.release();
    const tested = JSON.parse((await running).stdout) as Tested[];
    // Nobody's time was up before the last was asked.
    expect(tested.map(({ bytes }) => bytes > 1000)).toEqual([true, true, true]);
  });

  it('takes no more than were asked for, nor banned ones, and gives a line each', async () => {
    await serve({}, {}, {}, {});
    await mirrors('ban', '127.0.0.1');
    const { exitCode, stdout } = await mirrors('test', 'any', '--most', '2', '--mirror-strategy', 'ordered');
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines.slice(1)) expect(line).toMatch(/^127\.0\.0\.[23]:\d+ .*\/s +current +.*\/s$/);
    expect(servers.map(({ requests }) => requests.length)).toEqual([0, 1, 1, 0]);
  });

  it('asks no more than four at a time', async () => {
    await serve(...Array.from({ length: 6 }, () => ({ hold: { after: 1000 } })));
    const running = startLoopstick(withCatalog('mirrors', 'test', 'any', '--mirror-strategy', 'ordered'), scene);
    await Promise.all(servers.slice(0, 4).map(({ held }) => held));
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1, 0, 0]);
    for (const server of servers) server.release();
    expect((await running).exitCode).toBe(0);
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('fails when none of them has the image', async () => {
    await serve({ folder: scene.path('old') }, { fault: { kind: 'status', status: 404 } });
    const { exitCode, stdout, error } = await mirrors('--json', 'test', 'any');
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 6, code: 'MIRROR_NONE_USABLE' });
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  it('ends with what there is at Ctrl-C, and remembers it', async () => {
    await serve({}, { hold: { after: 1000 } });
    const args = withCatalog('--json', 'mirrors', 'test', 'any');
    const running = startLoopstick(args, scene);
    await Promise.all([running.says('"event":"measured"'), servers[1]?.held]);
    running.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    expect((JSON.parse(stdout) as Tested[]).map(hostOf)).toEqual(['127.0.0.1']);
    const listed = await json<Listed[]>('list', 'any');
    expect(listed.map(({ history }) => history !== undefined)).toEqual([true, false]);
  });

  it('is shown while it runs on a terminal', async () => {
    await serve({}, { hold: { after: 1000 } });
    const terminal = inTerminal(withCatalog('mirrors', 'test', 'any'), { home: scene.home, cwd: scene.folder });
    await terminal.shows('asked');
    await terminal.shows('current');
    servers[1]?.release();
    expect(await terminal.exitCode).toBe(0);
  });
});

describe('hosts', () => {
  const lists = async (...words: string[]): Promise<unknown> => json(...words);

  it('are preferred and banned, the last word first, and let go again', async () => {
    expect(await lists('prefer', 'a.example', 'https://B.example/iso')).toEqual({
      prefer: ['a.example', 'b.example'],
      ban: [],
    });
    expect(await lists('prefer', 'c.example', 'b.example')).toEqual({
      prefer: ['c.example', 'b.example', 'a.example'],
      ban: [],
    });
    expect(await lists('ban', 'b.example', 'd.example:8080')).toEqual({
      prefer: ['c.example', 'a.example'],
      ban: ['b.example', 'd.example:8080'],
    });
    expect(await lists('prefer', 'b.example')).toMatchObject({ prefer: ['b.example', 'c.example', 'a.example'] });
    expect(await lists('unprefer', 'b.example', 'a.example')).toMatchObject({ prefer: ['c.example'] });
    expect(await lists('unban', 'd.example:8080')).toEqual({ prefer: ['c.example'], ban: [] });
    await mirrors('unprefer', 'c.example');
    expect(JSON.parse(await readFile(scene.path('home/config/settings.json'), 'utf8'))).toEqual({});
  });

  it('are confirmed in one line; who was not on a list is said to have not been', async () => {
    expect((await mirrors('ban', 'a.example')).stdout).toMatch(/^[^\n]*a\.example$/);
    const unban = await mirrors('unban', 'mirror.a.example');
    expect(unban).toMatchObject({ exitCode: 0, stdout: '' });
    expect(unban.stderr).toContain('still banned');
  });

  it('that were written by hand are let go by what is written there', async () => {
    await mkdir(scene.path('home/config'), { recursive: true });
    const file = scene.path('home/config/settings.json');
    await writeFile(file, JSON.stringify({ mirrors: { ban: ['a.example/any.iso', '*', 'b.example/x'] } }));
    expect(await lists('unban', 'a.example/any.iso', '*', 'b.example')).toEqual({ prefer: [], ban: [] });
  });

  it.each([
    ['prefer', 'two words'],
    ['unprefer', 'a.example/path'],
    ['ban', '*.a.example'],
    ['unban', ''],
  ])('are refused when they are none: %s %j', async (change, host) => {
    expect(await codeOf(change, 'good.example', host)).toEqual({ exitCode: 2, code: 'MIRROR_BAD_HOST' });
    expect(await isThere(scene.path('home/config/settings.json'))).toBe(false);
  });

  it('that are preferred are the only ones a download uses with --only', async () => {
    await serve({}, {});
    const download = ['download', 'any', '--accept', 'none', '--mirror-strategy', 'preferred', '--only'];
    const { exitCode, error } = await run('--json', ...download);
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 2, code: 'CLI_USAGE' });
    await mirrors('prefer', '127.0.0.9');
    expect(await codeOf('test', 'any', '--only')).toEqual({ exitCode: 3, code: 'MIRROR_NONE_NAMED' });
    await mirrors('prefer', '127.0.0.2');
    expect((await run(...download)).exitCode).toBe(0);
    expect(servers[0]?.requests).toEqual([]);
  });
});

describe('what is remembered', () => {
  beforeEach(async () => {
    await serve({}, {});
    await mirrors('test', 'any');
  });
  const remembered = async (): Promise<string[]> =>
    (await json<{ mirrors: { mirror: string }[] }>('export')).mirrors.map(({ mirror }) => mirror);

  it('is exported, to be read and to a new file only', async () => {
    expect(await remembered()).toEqual(servers.map(({ url }) => url));
    expect((await mirrors('export', '-o', 'mirrors.json')).exitCode).toBe(0);
    const document = JSON.parse(await readFile(scene.path('mirrors.json'), 'utf8')) as { mirrors: object[] };
    expect(document.mirrors[0]).toMatchObject({ mirror: servers[0]?.url, outcomes: { stale: 0 } });
    expect(JSON.parse((await mirrors('export')).stdout)).toMatchObject({ mirrors: document.mirrors.map(() => ({})) });
    expect((await stat(scene.path('mirrors.json'))).mode & 0o077).toBe(0);
    expect(JSON.parse((await mirrors('export', '-o', '-')).stdout)).toMatchObject({ mirrors: [{}, {}] });
    expect(await codeOf('export', '-o', 'mirrors.json')).toEqual({ exitCode: 8, code: 'CLI_OUTPUT_EXISTS' });
    expect(await codeOf('export', '-o', '')).toEqual({ exitCode: 2, code: 'CLI_USAGE' });
  });

  it('is forgotten, of one or of all', async () => {
    expect(await json('forget', '127.0.0.1')).toEqual({ forgotten: [servers[0]?.url] });
    expect(await remembered()).toEqual([servers[1]?.url]);
    expect(await json('forget', '127.0.0.1')).toEqual({ forgotten: [] });
    expect(await codeOf('forget')).toEqual({ exitCode: 2, code: 'CLI_USAGE' });
    expect(await codeOf('forget', '--all', '127.0.0.1')).toEqual({ exitCode: 2, code: 'CLI_USAGE' });
    expect(await codeOf('forget', 'not a host')).toEqual({ exitCode: 2, code: 'MIRROR_BAD_HOST' });
    expect((await mirrors('forget', '--all')).exitCode).toBe(0);
    expect(await remembered()).toEqual([]);
  });
});
