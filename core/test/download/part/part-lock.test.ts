import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type * as fs from 'node:fs/promises';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { lockPart, type PartLock } from '../../../src/download/part/part-lock.ts';
import { createContext } from '../../../src/engine/context.ts';
import { thisProcess } from '../../../src/engine/process-identity.ts';
import { codeOf } from '../support.ts';

// Whether there are hard links depends on the file system, and all those that tests run on have them.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, link: vi.fn(real.link) };
});
const real = await vi.importActual<typeof fs>('node:fs/promises');

/** What child processes import: it has to be built. */
const BUILT = new URL('../../../dist/download/part/part-lock.js', import.meta.url).href;

const context = createContext();
const folders: string[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  vi.mocked(link).mockImplementation(real.link);
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function createFolder(): Promise<{ folder: string; path: string; lock: () => Promise<PartLock> }> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-lock-'));
  folders.push(folder);
  const path = join(folder, 'x.iso.part.lock');
  return { folder, path, lock: () => lockPart(path, join(folder, 'x.iso'), context) };
}

/** As a process that was killed before this start of the machine left it. */
const dead = (): string =>
  JSON.stringify({ pid: 1, host: hostname(), boot: 'before', started: '1', namespace: '', token: 'a' });

describe.each([
  ['with hard links', real.link],
  ['without', () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }))],
])('a lock on a file system %s', (_, links) => {
  it('is held by one at a time, and leaves nothing', async () => {
    vi.mocked(link).mockImplementation(links);
    const { folder, lock } = await createFolder();
    const held = await lock();
    expect(await readdir(folder)).toEqual(['x.iso.part.lock']);
    expect(await codeOf(lock())).toBe('DOWNLOAD_BUSY');
    await held.release();
    await (await lock()).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken from an owner who has ended, with all that those have left who were killed', async () => {
    vi.mocked(link).mockImplementation(links);
    const { folder, path, lock } = await createFolder();
    await writeFile(path, dead());
    for (const rubbish of ['0123456789ab', 'cdef01234567']) await writeFile(`${path}.${rubbish}`, '');
    await writeFile(`${path}.mine`, '');
    await lock();
    expect(await readdir(folder)).toEqual(['x.iso.part.lock', 'x.iso.part.lock.mine']);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
  });
});

describe('a lock', () => {
  it.each([
    ['of a process on another machine', async () => ({ ...(await thisProcess()), host: 'another.example' })],
    [
      'of a process in another container',
      async () => ({ ...(await thisProcess()), pid: 2 ** 22, namespace: 'pid:[1]' }),
    ],
  ])('%s is held, and the hint names it', async (_, owner) => {
    const { path, lock } = await createFolder();
    await writeFile(path, JSON.stringify(await owner()));
    const error = await lock().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DOWNLOAD_BUSY', hint: expect.stringContaining(path) as string });
  });

  it.each(['', '{', '{"pid":1}'])('that says %j is held, whatever its age', async (content) => {
    const { path, lock } = await createFolder();
    await writeFile(path, content);
    await real.utimes(path, 1, 1);
    expect(await codeOf(lock())).toBe('DOWNLOAD_BUSY');
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('of another one, who has it since somebody removed it by hand, is not released', async () => {
    const { folder, path, lock } = await createFolder();
    const robbed = await lock();
    await rm(path);
    const owner = await lock();
    await robbed.release();
    expect(await readdir(folder)).toEqual(['x.iso.part.lock']);
    await owner.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['a folder', (path: string) => mkdir(path)],
    ['a link', (path: string) => symlink('elsewhere', path)],
    ['a FIFO', (path: string) => Promise.resolve(execFileSync('mkfifo', [path]))],
  ])('is refused where there is %s', async (_, make) => {
    const { folder, path, lock } = await createFolder();
    await make(path);
    expect(await codeOf(lock())).toBe('DOWNLOAD_NOT_A_FILE');
    expect(await readdir(folder)).toEqual(['x.iso.part.lock']);
  });

  it.runIf(spawnSync('unshare', ['-rpf', '--mount-proc', 'true']).status === 0)(
    'is not taken from a living process that counts its processes differently',
    async () => {
      const { path, lock } = await createFolder();
      const child = start(`${PRELUDE} await lockPart(${JSON.stringify(path)}, 'x', context); say('held');`, [
        'unshare',
        '-rpf',
        '--mount-proc',
        '--kill-child',
      ]);
      expect(await child.next()).toBe('held');
      expect(await codeOf(lock())).toBe('DOWNLOAD_BUSY');
    },
  );
});

it('that is stale has one owner at a time when many processes want it, some of whom are killed', async () => {
  const { folder, path } = await createFolder();
  const [log, inside] = [join(folder, 'log'), join(folder, 'inside')];
  await writeFile(path, dead());
  // Each leaves the lock behind as often as it releases it. Who finds another one inside says so.
  const program = `${PRELUDE}
    import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
    const [path, log, inside] = ${JSON.stringify([path, log, inside])};
    say('ready');
    await once(process.stdin, 'data');
    for (let turns = 0; turns < 15;) {
      const lock = await lockPart(path, 'x', context).catch(({ code }) => code);
      if (typeof lock === 'string') {
        if (lock !== 'DOWNLOAD_BUSY') appendFileSync(log, lock + '\\n');
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      turns++;
      const owner = inside + '.' + process.pid;
      writeFileSync(owner, '');
      await new Promise((resolve) => setImmediate(resolve));
      const others = readdirSync(${JSON.stringify(folder)}).filter((name) => name.startsWith('inside.'));
      for (const other of others) {
        const pid = Number(other.split('.')[1]);
        if (pid === process.pid) continue;
        if (runs(pid)) appendFileSync(log, 'two owners\\n');
        else rmSync(inside + '.' + pid, { force: true });
      }
      if (turns % 5 === 0 && process.argv.includes('mortal')) process.kill(process.pid, 'SIGKILL');
      rmSync(owner);
      await lock.release();
    }
    process.stdin.destroy();`;
  const programs = Array.from({ length: 8 }, (_, index) => start(program, [], index < 4 ? ['mortal'] : []));
  for (const { next } of programs) expect(await next()).toBe('ready');
  const ends = programs.map(({ child }) => once(child, 'exit'));
  for (const { child } of programs) child.stdin.write('go');
  await Promise.all(ends);
  expect(await readFile(log, 'utf8').catch(() => '')).toBe('');
}, 60_000);

const PRELUDE = `
  import { once } from 'node:events';
  import { readdirSync, readFileSync } from 'node:fs';
  import { randomBytes } from 'node:crypto';
  import { lockPart } from ${JSON.stringify(BUILT)};
  const context = { random: randomBytes };
  const say = (value) => console.log(JSON.stringify(value));
  const runs = (pid) => {
    try {
      return !/\\) [ZX] /.test(readFileSync('/proc/' + pid + '/stat', 'utf8'));
    } catch {
      return false;
    }
  };
  process.stdin.resume();
`;

function start(program: string, before: readonly string[] = [], args: readonly string[] = []) {
  const words = [...before, process.execPath, '--input-type=module', '-e', program, ...args];
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value } = (await lines.next()) as { value?: string };
    return JSON.parse(value ?? 'null') as unknown;
  };
  return { child, next };
}
