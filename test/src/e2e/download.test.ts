/** `loopstick download`: images, addresses and metalinks; what is said of them; and Ctrl-C. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isThere, startLoopstick, type RunningLoopstick } from '../harness/loopstick.ts';
import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { inTerminal, type TypedInTerminal } from '../harness/terminal.ts';
import { serveFolder, type FileServer, type ServeOptions } from '../servers/index.ts';

const MIB = 1024 * 1024;
const SIZE = 12 * MIB;
const CTRL_C = '\u0003';
const bytes = randomBytes(SIZE);
const hash = (algorithm: string, data: Buffer = bytes): string => createHash(algorithm).update(data).digest('hex');
const sha256 = hash('sha256');

let scene: Scene;
const servers: FileServer[] = [];
beforeEach(async () => {
  scene = await createScene();
  await mkdir(scene.path('www'));
  await writeFile(scene.path('www/image.iso'), bytes);
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await scene.remove();
});

const serve = async (options: Omit<ServeOptions, 'folder'> = {}): Promise<FileServer> => {
  const server = await serveFolder({ folder: scene.path('www'), ...options });
  servers.push(server);
  return server;
};
const addressOn = ({ url }: FileServer): string => `${url}/image.iso`;
const downloaded = (name: string): Promise<Buffer> => readFile(scene.path(name));
const sentBy = ({ requests }: FileServer): number => requests.reduce((sum, { sent }) => sum + sent, 0);

describe('an address', () => {
  it('without a checksum is downloaded, and said not to be verified', async () => {
    const server = await serve();
    const { exitCode, stdout, stderr } = await scene.run(['download', '--url', addressOn(server)]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`not verified: no checksum was given. SHA-256 ${sha256}`);
    expect((await downloaded('image.iso')).equals(bytes)).toBe(true);
  });

  it('with checksums, a size and a mirror is verified, and all output is for programs with --json', async () => {
    const [dead, alive] = [await serve({ fault: { kind: 'status', status: 404 } }), await serve()];
    const checks = ['--sha256', sha256.toUpperCase(), '--md5', hash('md5'), '--size', String(SIZE)];
    const urls = ['--url', addressOn(dead), '--mirror', addressOn(alive)];
    const { exitCode, stdout, stderr } = await scene.run(['--json', 'download', ...urls, ...checks, '-o', 'new.iso']);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      {
        ...{ id: 'new.iso', file: scene.path('new.iso'), size: SIZE, resumed: 0, verified: true },
        digests: { sha256, md5: hash('md5') },
      },
    ]);
    const events = stderr.split('\n').map((line) => JSON.parse(line) as { event: string; done?: number });
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['step', 'transfer', 'failover']));
    expect(events.filter(({ event }) => event === 'transfer').at(-1)).toMatchObject({ done: SIZE, total: SIZE });
  });

  it('that has other bytes than its checksum says leaves no file', async () => {
    const args = ['download', '--url', addressOn(await serve()), '--sha256', hash('sha256', Buffer.from('x'))];
    const { exitCode, error } = await scene.run(['--json', ...args]);
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 5, code: 'DOWNLOAD_CHECKSUM' });
    expect(await readdir(scene.folder)).not.toContain('image.iso');
  });

  it('whose file is there already is fetched only when nobody can tell, and replaced only by --force', async () => {
    const server = await serve();
    const url = ['--json', 'download', '--url', addressOn(server)];
    await writeFile(scene.path('image.iso'), bytes);
    expect((await scene.run([...url, '--sha256', sha256])).exitCode).toBe(0);
    expect(server.requests).toEqual([]);
    expect((await scene.run(url)).error?.code).toBe('DOWNLOAD_DESTINATION_EXISTS');
    await writeFile(scene.path('image.iso'), 'something else');
    expect((await scene.run([...url, '--sha256', sha256])).exitCode).toBe(8);
    expect((await downloaded('image.iso')).toString()).toBe('something else');
    expect((await scene.run([...url, '--sha256', sha256, '--force'])).exitCode).toBe(0);
    expect((await downloaded('image.iso')).equals(bytes)).toBe(true);
  });

  it('goes into a folder that exists, or whose name ends in a slash', async () => {
    const url = ['download', '--url', addressOn(await serve())];
    await mkdir(scene.path('there'));
    await scene.run([...url, '-o', 'there']);
    await scene.run([...url, '-o', 'new/']);
    expect([...(await readdir(scene.path('there'))), ...(await readdir(scene.path('new')))]).toEqual([
      'image.iso',
      'image.iso',
    ]);
  });

  it('keeps to the rate that is asked for', async () => {
    const began = performance.now();
    const args = ['download', '--url', addressOn(await serve()), '--limit-rate', '4M'];
    expect((await scene.run(args)).exitCode).toBe(0);
    // A quarter of a second's worth may come at once.
    expect(performance.now() - began).toBeGreaterThan((SIZE / (4 * MIB)) * 1000 - 300);
  });

  it.each([
    [['--url', 'ftp://example.org/x'], 'CLI_BAD_VALUE'],
    [['--url', 'http://127.0.0.1/x', '--mirror', 'x'], 'CLI_BAD_VALUE'],
    [['--url', 'http://127.0.0.1/x', '--sha256', 'abc'], 'CLI_BAD_VALUE'],
    [['--url', 'http://127.0.0.1/x', '--size', 'big'], 'CLI_BAD_SIZE'],
    [['--url', 'http://127.0.0.1/x', '--limit-rate', '0'], 'CLI_BAD_VALUE'],
    [['--url', 'http://127.0.0.1/x', '--connections', '0'], 'CLI_BAD_VALUE'],
    [['--url', 'http://127.0.0.1/x', '--priority', 'high'], 'CLI_BAD_VALUE'],
    [['--url', 'http://127.0.0.1/x', 'ubuntu'], 'CLI_USAGE'],
    [['--sha256', sha256, 'ubuntu'], 'CLI_USAGE'],
    [['./any.iso'], 'CLI_USAGE'],
    [['-o', '', 'ubuntu'], 'CLI_USAGE'],
    [[], 'CLI_USAGE'],
  ])('asked for by %j is refused', async (args, code) => {
    const { exitCode, error } = await scene.run(['--json', 'download', ...args]);
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 2, code });
  });
});

describe('a password in an address', () => {
  const SECRET = 'pw-of-mine';

  it('is shown nowhere, and is not kept when the download is over', async () => {
    const server = await serve();
    const address = addressOn(server).replace('//', `//user:${SECRET}@`);
    const wrong = await scene.run(['download', '--url', address.replace('http:', 'ftp:')]);
    const missing = await scene.run(['download', '--url', `${address}.not`, '--retries', '1']);
    const done = await scene.run(['download', '--url', address, '--sha256', sha256]);
    expect([wrong.exitCode, missing.exitCode, done.exitCode]).toEqual([2, 6, 0]);
    const looks = [['list', '--all'], ['stats']].flatMap((words) => [words, ['--json', ...words]]);
    const shown = [wrong, missing, done];
    for (const [first = '', ...others] of looks) {
      const words = first === '--json' ? [first, 'downloads', ...others] : ['downloads', first, ...others];
      shown.push(await scene.run(words));
    }
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain(SECRET);
    // What failed may be tried again, and needs it for that.
    expect((await scene.run(['downloads', 'prune', '--older-than', '0s'])).exitCode).toBe(0);
    const state = await readdir(scene.path('home/state'));
    for (const name of state) expect((await readFile(scene.path(`home/state/${name}`))).includes(SECRET)).toBe(false);
  });
});

describe('a metalink', () => {
  const describeFiles = async (...files: string[]): Promise<string> => {
    await writeFile(
      scene.path('all.meta4'),
      `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${files.join('')}</metalink>`,
    );
    return 'all.meta4';
  };

  it('gives all files that it describes, from the mirrors that it names', async () => {
    const [bad, good] = [await serve({ fault: { kind: 'status', status: 503 } }), await serve()];
    const half = SIZE / 2;
    const pieces = [bytes.subarray(0, half), bytes.subarray(half)].map((piece) => hash('sha1', piece));
    await writeFile(scene.path('www/small.iso'), 'small');
    const metalink = await describeFiles(
      `<file name="iso/image.iso"><size>${SIZE}</size><hash type="sha-256">${sha256}</hash>
       <pieces type="sha-1" length="${half}">${pieces.map((piece) => `<hash>${piece}</hash>`).join('')}</pieces>
       <url priority="1">${addressOn(bad)}</url><url priority="2">${addressOn(good)}</url></file>`,
      `<file name="small.iso"><hash type="sha-1">${hash('sha1', Buffer.from('small'))}</hash>
       <url>${good.url}/small.iso</url></file>`,
    );
    const { exitCode, stdout, stderr } = await scene.run(['download', metalink, '-o', 'out', '--retries', '1']);
    expect(exitCode, stderr).toBe(0);
    expect((await downloaded('out/image.iso')).equals(bytes)).toBe(true);
    expect((await downloaded('out/small.iso')).toString()).toBe('small');
    expect(stdout).toMatch(/small\.iso .*by SHA-1, which finds accidents but no forgery/);
  });

  it('that leads out of the folder is refused before anything is fetched', async () => {
    const server = await serve();
    const metalink = await describeFiles(`<file name="../image.iso"><url>${addressOn(server)}</url></file>`);
    const { exitCode, error } = await scene.run(['--json', 'download', metalink]);
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code: 'METALINK_MALFORMED' });
    expect(server.requests).toEqual([]);
  });
});

describe('several images', () => {
  it('are downloaded at once, and one that fails does not keep the others', async () => {
    const [good, gone] = [await serve(), await serve({ fault: { kind: 'status', status: 404 } })];
    const image = (distribution: string, server: FileServer, data: Buffer) => ({
      ...{ distribution, version: '1', file: 'image.iso', sha256: hash('sha256', data) },
      mirrors: [addressOn(server)],
    });
    const images = [image('first', gone, Buffer.from('x')), image('second', good, bytes)];
    const catalog = await writeCatalog(scene.path('catalog'), images);
    const args = ['--catalog', catalog, 'download', 'first', 'second', '--accept', 'none', '--retries', '1'];
    const { exitCode, stdout } = await scene.run(args);
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(/second\/1\S* +12\.0 MiB/);
  });
});

describe('Ctrl-C', { timeout: 60_000 }, () => {
  const THIRD = { hold: { after: SIZE / 3 } };
  /** A download of which a third is there; the rest comes when the server is released. */
  const start = async (
    ...more: string[]
  ): Promise<{ server: FileServer; running: RunningLoopstick; args: string[] }> => {
    const server = await serve(THIRD);
    const args = ['--json', 'download', '--url', addressOn(server), '--sha256', sha256, ...more];
    const running = startLoopstick(args, { home: scene.home, cwd: scene.folder });
    // At least two of the four MiB: a report tells of the moment before it.
    await running.says(/"done":([2-9]|1\d)\d{6},/);
    return { server, running, args };
  };
  const codeIn = (stderr: string): string | undefined =>
    (JSON.parse(stderr.split('\n').at(-1) ?? '{}') as { error?: { code: string } }).error?.code;

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '(%s) pauses: what is there is kept, and goes on',
    async (signal) => {
      const { server, running, args } = await start();
      running.kill(signal);
      const { exitCode, stderr } = await running;
      expect({ exitCode, code: codeIn(stderr) }).toEqual({
        exitCode: { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal],
        code: 'CLI_PAUSED',
      });
      expect(await isThere(scene.path('image.iso.part'))).toBe(true);
      server.release();
      const before = sentBy(server);
      expect((await scene.run(args)).exitCode).toBe(0);
      expect(sentBy(server) - before).toBeLessThan(SIZE - MIB);
      expect((await downloaded('image.iso')).equals(bytes)).toBe(true);
    },
  );

  it('that arrives twice, as through npm, is one', async () => {
    const { running } = await start();
    running.kill('SIGINT');
    running.kill('SIGINT');
    await sleep(50);
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect({ exitCode, code: codeIn(stderr) }).toEqual({ exitCode: 130, code: 'CLI_PAUSED' });
    expect(await isThere(scene.path('image.iso.part'))).toBe(true);
  });

  describe('on a terminal', () => {
    const paused = 'Enter: go on';
    const begin = async (): Promise<{ terminal: TypedInTerminal; server: FileServer }> => {
      const server = await serve(THIRD);
      const args = ['download', '--url', addressOn(server), '--sha256', sha256];
      const terminal = inTerminal(args, { home: scene.home, cwd: scene.folder });
      await server.held;
      terminal.type(CTRL_C);
      await terminal.shows(paused);
      return { terminal, server };
    };

    it('waits: Enter goes on', async () => {
      const { terminal, server } = await begin();
      server.release();
      terminal.type('\r');
      expect(await terminal.exitCode).toBe(0);
      expect((await downloaded('image.iso')).equals(bytes)).toBe(true);
    });

    it('waits: q quits and keeps what is there', async () => {
      const { terminal } = await begin();
      terminal.type('q');
      expect(await terminal.exitCode).toBe(130);
      expect(await isThere(scene.path('image.iso.part'))).toBe(true);
    });

    it('waits: a second one cancels, and nothing is left', async () => {
      const { terminal } = await begin();
      // Sooner after the first it would be taken for the same press.
      await sleep(600);
      terminal.type(CTRL_C);
      expect(await terminal.exitCode).toBe(130);
      expect((await readdir(scene.folder)).filter((name) => name.startsWith('image'))).toEqual([]);
    });
  });
});
