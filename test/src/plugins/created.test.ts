/* eslint-disable no-template-curly-in-string -- what is changed is code of plugins */
/** What `loopstick plugin create` makes stands what every plugin has to stand, as it is; and no longer when it is broken. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createPlugin, packPlugin, type CreateOptions } from '@loopstick/registry';
import { pluginChecks, serveBytes, type SuiteOptions } from '@loopstick/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const KINDS = ['mirror-strategy', 'transport', 'bootloader', 'distro'] as const;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-created-'));
  // In place of `npm install`.
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function create(name: string, options: Partial<CreateOptions> & Pick<CreateOptions, 'kind'>): Promise<string> {
  const common = { data: false, license: 'MIT', parent: folder, now: new Date('2026-01-01') } as const;
  await createPlugin(name, { ...common, signal: AbortSignal.timeout(60_000), ...options });
  return join(folder, name);
}

const NEW = [...KINDS.map((kind) => ({ kind, data: false })), { kind: 'distro' as const, data: true }];
const nameOf = ({ kind, data }: (typeof NEW)[number]): string => `new-${kind}${data ? '-data' : ''}`;

describe('a new project', () => {
  it('of any kind passes its tests, and can be packed', async () => {
    const signal = AbortSignal.timeout(120_000);
    const directories = await Promise.all(NEW.map((each) => create(nameOf(each), each)));
    // As `npm test` runs them, two at a time: they wait for most of their time, for what has to stop.
    const files = directories.map((directory) => join(directory, 'test/plugin.test.js'));
    const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined };
    const settings = { cwd: folder, env, extendEnv: false, reject: false } as const;
    const result = await execa('node', ['--test', '--test-concurrency=2', ...files], settings);
    expect(result.exitCode, result.stdout).toBe(0);
    expect(Number(/^\D+ pass (\d+)$/m.exec(result.stdout)?.[1])).toBeGreaterThan(5 * NEW.length);

    // The same files, the same bytes: of another folder, written at another time.
    const parent = join(folder, 'elsewhere');
    await mkdir(parent);
    for (const [at, each] of NEW.entries()) {
      const packed = await packPlugin(directories[at] ?? '', signal);
      expect(packed.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
      expect(packed.files.some((path) => path.startsWith('test/'))).toBe(false);
      const again = await create(nameOf(each), { ...each, parent });
      expect((await packPlugin(again, signal)).integrity).toBe(packed.integrity);
    }
  }, 120_000);

  it('has a name that can be an id, and never takes the place of what is there', async () => {
    for (const name of ['', '../up', 'Upper', 'a--b', 'x'.repeat(65), 'a b', '{{id}}']) {
      await expect(create(name, { kind: 'transport' })).rejects.toMatchObject({ code: 'PLUGIN_NAME_INVALID' });
    }
    await expect(create('no-code', { kind: 'transport', data: true })).rejects.toMatchObject({
      code: 'PLUGIN_KIND_NEEDS_CODE',
    });
    await mkdir(join(folder, 'mine'));
    await expect(create('mine', { kind: 'distro' })).rejects.toMatchObject({ code: 'PLUGIN_FOLDER_EXISTS' });
    expect(await readdir(join(folder, 'mine'))).toEqual([]);
    expect(await readdir(folder)).not.toContain('no-code');
  });

  it('is not packed with what could not be installed', async () => {
    const signal = AbortSignal.timeout(60_000);
    const code = await create('unpackable', { kind: 'distro', data: true });
    await change(
      join(code, 'package.json'),
      '"files": ["distribution.json"]',
      '"files": ["distribution.json", "test"]',
    );
    await expect(packPlugin(code, signal)).rejects.toMatchObject({ code: 'PLUGIN_CODE_IN_DATA' });
    await change(join(code, 'package.json'), '"test"]', '"*.js"]');
    await expect(packPlugin(code, signal)).rejects.toMatchObject({ code: 'PLUGIN_FILES_INVALID' });
  });

  it('is packed for any engine that its author names', async () => {
    const directory = await create('for-later', { kind: 'distro', data: true });
    await change(join(directory, 'package.json'), '"engine": "^0.1.0"', '"engine": ">=99"');
    const { manifest } = await packPlugin(directory, AbortSignal.timeout(60_000));
    expect(manifest.engine).toBe('>=99');
  });
});

async function change(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

interface Broken {
  readonly what: string;
  readonly kind: (typeof KINDS)[number];
  readonly file?: string;
  readonly from: string;
  readonly to: string;
  /** The checks that fail. */
  readonly fails: readonly string[];
}

const LAWS = 'it ranks any mirrors lawfully, and the same ones in the same way';
const FORGETS = 'it keeps nothing of what it was asked before';
const ALL_MIRRORS = 'it takes no mirrors, and thousands of them';
const PURE = 'importing its entry does nothing';
const STOPS = 'it stops when its time is over';
const RANGES = 'it opens a file as a whole, and any range of it';
const TITLES = 'titles from outside change nothing but titles';
const PLAN = 'its plan can be carried out, and the same request has the same one';
const REGISTERS = 'it registers what its kinds allow';
const STRANGERS = 'its recipes leave alone what they do not know';
const DOCUMENTS = 'its manifest and its documents are valid';

const STRATEGY = { kind: 'mirror-strategy', file: 'index.js' } as const;
const RANK = 'async rank(candidates, { preferredOnly }) {';
const EXPORT = "/** @type {import('@loopstick/core').Plugin} */";

const BROKEN: readonly Broken[] = [
  {
    ...STRATEGY,
    what: 'goes by chance of its own',
    from: 'place(a) - place(b)',
    to: 'Math.random() - 0.5',
    fails: [LAWS],
  },
  { ...STRATEGY, what: 'uses what is out', from: 'progress?.out !== true && ', to: '', fails: [LAWS] },
  {
    ...STRATEGY,
    what: 'leaves mirrors out',
    from: '[...candidates]',
    to: 'candidates.slice(0, 2)',
    fails: [ALL_MIRRORS, LAWS],
  },
  {
    ...STRATEGY,
    what: 'remembers what it was asked first',
    from: '`number ${position + 1} of its list`',
    to: '`the first time there were ${globalThis.first ??= candidates.length}`',
    fails: [FORGETS],
  },
  {
    ...STRATEGY,
    what: 'spins',
    from: RANK,
    to: `${RANK} if (candidates.length === 2) for (;;);`,
    fails: [STOPS],
  },
  { ...STRATEGY, what: 'prints when it is loaded', from: EXPORT, to: 'console.log("hello");', fails: [PURE] },
  { ...STRATEGY, what: 'waits when it is loaded', from: EXPORT, to: 'setTimeout(() => {}, 60_000);', fails: [PURE] },
  { ...STRATEGY, what: 'is seen everywhere', from: EXPORT, to: 'globalThis.mine = 1;', fails: [PURE] },
  {
    ...STRATEGY,
    what: 'adds what it has not declared',
    from: 'registrar.mirrorStrategy(',
    to: 'registrar.transport(',
    fails: [REGISTERS],
  },
  { kind: 'transport', what: 'is off by one', file: 'open.js', from: 'end - 1', to: 'end', fails: [RANGES] },
  {
    kind: 'bootloader',
    what: 'takes titles as they are',
    file: 'plan.js',
    from: 'entry ${oneLine(title)}',
    to: "entry ${title.replaceAll(';', '\\n')}",
    fails: [TITLES],
  },
  {
    kind: 'bootloader',
    what: 'leaves the ESP',
    file: 'plan.js',
    from: "'EFI/BOOT/menu.txt'",
    to: "'../menu.txt'",
    fails: [PLAN],
  },
  {
    kind: 'bootloader',
    what: 'goes by the time',
    file: 'plan.js',
    from: '`title ',
    to: '`title ${performance.now()} ',
    fails: [PLAN],
  },
  {
    kind: 'distro',
    what: 'takes any ISO',
    file: 'recipe.js',
    from: 'return undefined;',
    to: "return { title: 'x', kind: 'live', entries: [] };",
    fails: [STRANGERS],
  },
  {
    kind: 'distro',
    what: 'names a host that it does not declare',
    file: 'package.json',
    from: '"downloads.example.org"',
    to: '',
    fails: [DOCUMENTS],
  },
];

describe('a plugin that', () => {
  it.each(BROKEN)(
    '$what fails',
    async ({ what, kind, file = 'index.js', from, to, fails }) => {
      const directory = await create(`broken-${what.replaceAll(/\W+/g, '-').toLowerCase()}`, { kind });
      await change(join(directory, file), from, to);
      const serve: SuiteOptions['serve'] = async (content, fault) => {
        const server = await serveBytes(content, fault);
        return { ...server, url: server.url.replace('http:', `x-${directory.split('/').at(-1) ?? ''}:`) };
      };
      const failed = new Map<string, unknown>();
      for (const { name, run } of await pluginChecks({ directory, serve })) {
        // The others were tried above, on what is not broken.
        if (fails.includes(name)) await run().catch((error: unknown) => failed.set(name, error));
      }
      expect([...failed.keys()].toSorted()).toEqual(fails.toSorted());
    },
    60_000,
  );
});
