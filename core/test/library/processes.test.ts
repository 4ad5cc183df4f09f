/** Several processes with one library, and file systems that are small, read-only or not the same. */
import { execFile, spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

import { createStore, sha256Of, someBytes, type Store } from './support.ts';

const ENTRY = new URL('../../dist/index.js', import.meta.url).href;
const LIBRARY = 'home/data/library';
const signal = new AbortController().signal;

/** The beginning of a program that has an engine, a signal and an empty catalog. */
const prelude = (settings: unknown = {}): string => `
  import * as fs from 'node:fs';
  import * as core from ${JSON.stringify(ENTRY)};
  const settings = core.parseSettings(${JSON.stringify(settings)}, 'settings.json');
  const engine = await core.createEngine({ settings });
  const signal = new AbortController().signal;
  const catalog = { distributions: [], sources: [] };
  const say = (value) => console.log(JSON.stringify(value));
`;

interface Program {
  readonly child: ChildProcessWithoutNullStreams;
  /** The next thing that it says. */
  next(): Promise<unknown>;
}

const environment = (store: Store) => ({ ...process.env, LOOPSTICK_HOME: join(store.folder, 'home') });

function start(store: Store, program: string): Program {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env: environment(store) });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stderr.pipe(process.stderr);
  return {
    child,
    next: async () => {
      const { value } = (await lines.next()) as { value?: string };
      return JSON.parse(value ?? 'null') as unknown;
    },
  };
}

it.each(['auto', 'hard', 'copy'])('lets processes take one file in at once, with link %j', async (link) => {
  const store = await createStore();
  const content = someBytes(3_000_000);
  const sha256 = sha256Of(content);
  const sources = await Promise.all(['a.iso', 'b.iso', 'c.iso', 'd.iso'].map((name) => store.write(name, content)));
  const programs = sources.map((source, index) =>
    start(
      store,
      `${prelude({ library: { link, search: [source] } })}
      say('ready');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      process.stdin.unref();
      const wish = { label: 'x', size: ${content.length}, sha256: '${sha256}', file: 'same.iso' };
      // Two ways in: by name, and found in a folder.
      const found = ${index % 2} === 0
        ? await core.findLocally(engine, wish, { signal })
        : await core.addFile(engine, ${JSON.stringify(source)}, { catalog, signal });
      say(await core.openLibrary(engine).find('${sha256}', { signal }) !== undefined && found.sha256);`,
    ),
  );
  for (const { next } of programs) expect(await next()).toBe('ready');
  for (const { child } of programs) child.stdin.end('go');
  for (const { next } of programs) expect(await next()).toBe(sha256);
  const { path } = (await store.library.find(sha256, { signal })) ?? { path: '' };
  expect((await readFile(path)).equals(content)).toBe(true);
  expect(await store.list(`${LIBRARY}/incoming`)).toEqual([]);
  expect(store.heard('warning')).toEqual([]);
  for (const source of sources) expect((await readFile(source)).equals(content)).toBe(true);
});

it('has the whole file or none when the process that takes it in is killed', async () => {
  const store = await createStore({ settings: { library: { link: 'copy' } } });
  const content = someBytes(40_000_000);
  const source = await store.write('a.iso', content);
  const sha256 = sha256Of(content);
  for (const share of [0.05, 0.3, 0.6, 0.95, 1]) {
    const program = start(
      store,
      `${prelude({ library: { link: 'copy' } })}
      engine.events.on('progress', ({ step, done, total }) => {
        if (step === 'copy' && done >= total * ${share}) process.kill(process.pid, 'SIGKILL');
      });
      // Every block is reported, so that the moment is the one that is meant.
      engine.context.now = () => new Date(Math.random() * 1e12);
      await core.addFile(engine, ${JSON.stringify(source)}, { catalog, signal });`,
    );
    const [, by] = (await once(program.child, 'exit')) as [number | null, string | null];
    expect(by).toBe('SIGKILL');
    expect(await store.library.find(sha256, { signal })).toBeUndefined();
    expect(store.heard('warning')).toEqual([]);
  }
  const left = await store.list(`${LIBRARY}/incoming`);
  expect(left).toHaveLength(5);
});

// A file system of its own, as small as wanted, needs no root where user namespaces are allowed.
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** What a program says that runs with a file system of this size at /mnt, which nobody else sees. */
async function withDisk(store: Store, size: string, program: string, settings: unknown = {}): Promise<unknown> {
  const script = `mount -t tmpfs -o size=${size} tmpfs /mnt && exec "$0" --input-type=module -e "$1"`;
  const words = ['-rm', 'sh', '-c', script, process.execPath, prelude(settings) + program];
  const env = { ...process.env, LOOPSTICK_HOME: '/mnt/home' };
  const { stdout } = await promisify(execFile)('unshare', words, { env, timeout: 30_000 });
  return JSON.parse(stdout) as unknown;
}

it.skipIf(!canMount)('is not harmed by a disk that fills up while files are taken in', async () => {
  const store = await createStore();
  const sources = await Promise.all(['a.iso', 'b.iso', 'c.iso'].map((name) => store.write(name, someBytes(1_500_000))));
  // Each fits when it is looked at, but not all of them.
  const said = await withDisk(
    store,
    '3m',
    `
    const sources = ${JSON.stringify(sources)};
    const outcomes = await Promise.allSettled(sources.map((each) => core.addFile(engine, each, { catalog, signal })));
    const codes = outcomes.flatMap(({ reason }) => (reason === undefined ? [] : [reason.code]));
    const { files } = await core.listLibrary(engine);
    const checks = await core.verifyLibrary(engine, files, { signal });
    say({
      failed: codes.length,
      codes: [...new Set(codes)],
      right: checks.filter(({ state }) => state === 'right').length === outcomes.length - codes.length,
      incoming: fs.readdirSync('/mnt/home/data/library/incoming'),
    });`,
  );
  expect(said).toMatchObject({ right: true, incoming: [] });
  const { failed, codes } = said as { failed: number; codes: string[] };
  expect(failed).toBeGreaterThanOrEqual(1);
  for (const code of codes) expect(['ENOSPC', 'DOWNLOAD_SPACE']).toContain(code);
});

it.skipIf(!canMount)('refuses what cannot fit before the first byte', async () => {
  const store = await createStore();
  const source = await store.write('a.iso', '');
  // Nothing but holes: it takes no space, and would take 1 GB.
  await truncate(source, 1_000_000_000);
  const said = await withDisk(
    store,
    '3m',
    `
    const known = { path: ${JSON.stringify(source)} };
    const error = await core.addFile(engine, known.path, { catalog, signal }).catch((reason) => reason);
    say({ code: error.code, incoming: fs.readdirSync('/mnt/home/data/library/incoming') });`,
  );
  expect(said).toEqual({ code: 'DOWNLOAD_SPACE', incoming: [] });
});

it.skipIf(!canMount)('links within one file system and copies between two', async () => {
  const store = await createStore();
  const source = await store.write('a.iso', someBytes(100_000));
  const said = await withDisk(
    store,
    '3m',
    `
    const added = await core.addFile(engine, ${JSON.stringify(source)}, { catalog, signal });
    const job = { label: 'a', file: added.path, size: added.size, sha256: added.sha256 };
    const near = await core.placeFile(engine, { ...job, destination: '/mnt/near.iso' }, signal);
    const far = await core.placeFile(engine, { ...job, destination: ${JSON.stringify(`${source}.far`)} }, signal);
    const inode = (path) => fs.statSync(path).ino;
    say({ added: added.by, near, far, same: inode('/mnt/near.iso') === inode(added.path) });`,
  );
  expect(said).toEqual({ added: 'copy', near: 'hard', far: 'copy', same: true });
  expect((await stat(`${source}.far`)).size).toBe(100_000);
});

it.skipIf(!canMount)('serves from a disk that is read-only, and only says what is wrong there', async () => {
  const store = await createStore();
  const sources = await Promise.all(['a.iso', 'b.iso'].map((name) => store.write(name, someBytes(100_000))));
  const said = await withDisk(
    store,
    '3m',
    `
    import { execFileSync } from 'node:child_process';
    const added = [];
    for (const each of ${JSON.stringify(sources)}) added.push(await core.addFile(engine, each, { catalog, signal }));
    const [good, bad] = added;
    fs.utimesSync(good.path, 1, 1);
    fs.appendFileSync(bad.path, 'x');
    execFileSync('mount', ['-o', 'remount,ro', '/mnt']);
    const found = await core.openLibrary(engine).find(good.sha256, { signal });
    const job = { label: 'a', file: good.path, size: good.size, sha256: good.sha256 };
    const placed = await core.placeFile(engine, { ...job, destination: ${JSON.stringify(`${store.folder}/out.iso`)} }, signal);
    const read = await core.whileReading(engine, [good.sha256], { signal }, () => Promise.resolve('read'));
    const { files } = await core.listLibrary(engine);
    const checks = await core.verifyLibrary(engine, files, { signal });
    const removed = await core.removeFromLibrary(engine, good).catch(({ code }) => code);
    const third = await core.addFile(engine, '/proc/self/exe', { catalog, signal }).catch(({ code }) => code);
    say({
      found: found.path === good.path,
      placed,
      read,
      checks: checks.map(({ state, movedTo }) => [state, movedTo === undefined]),
      removed,
      third,
    });`,
  );
  expect(said).toEqual({
    found: true,
    placed: 'copy',
    read: 'read',
    checks: [
      ['right', true],
      ['changed', true],
    ],
    removed: 'EROFS',
    third: 'EROFS',
  });
});
