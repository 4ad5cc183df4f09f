import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEngine, parseSettings, type CatalogSource, type Engine } from '@loopstick/core';
import { describe, expect, onTestFinished, test } from 'vitest';

import { catalogList, catalogSearch } from '../src/commands/catalog.ts';
import { catalogExport, catalogImport } from '../src/commands/catalog-exchange.ts';
import { catalogShow } from '../src/commands/catalog-show.ts';
import type { Terminal } from '../src/output/terminal.ts';
import type { Session } from '../src/session.ts';
import { resolveWishes } from '../src/wishes.ts';

const KEY = '0123456789ABCDEF0123456789ABCDEF01234567';

const image = (variant: string, changes: object = {}): object => ({
  variant,
  arch: 'x86_64',
  kind: 'live',
  file: `${variant}.iso`,
  checksums: { sha256: 'a'.repeat(64) },
  mirrors: [`https://mirror.example/${variant}.iso`],
  ...changes,
});

const LOW = {
  schema: { major: 1, minor: 1 },
  origins: { list: { title: 'A list', location: 'https://vendor.example/SUMS', retrieved: '2026-01-02' } },
  distributions: [
    {
      id: 'distro',
      releases: [
        {
          version: '2',
          images: [
            image('desktop', { evidence: { level: 'signed', key: KEY, origin: 'list' } }),
            image('server', { kind: 'installer', evidence: { level: 'tls' } }),
            image('small', { arch: 'aarch64' }),
          ],
          provenance: { '*': 'list' },
        },
        { version: '1', endOfLife: '2020-01-01', images: [image('desktop')] },
      ],
    },
  ],
};
const HIGH = {
  schema: { major: 1, minor: 1 },
  distributions: [
    {
      id: 'distro',
      releases: [
        { version: '2', images: [{ variant: 'desktop', arch: 'x86_64', mirrors: ['https://near.example/d.iso'] }] },
      ],
    },
  ],
};

async function engineWith(home: string): Promise<Engine> {
  const engine = await createEngine({
    settings: parseSettings({}, 'test'),
    context: { env: { LOOPSTICK_HOME: home } },
  });
  const source = (name: string, layer: CatalogSource['layer'], document: object): void => {
    engine.own.catalogSource({ name, layer, read: async () => document });
  };
  source('vendor', 'embedded', LOW);
  source('mine', 'custom', HIGH);
  return engine;
}

/** Runs a command over these two layers and returns what it said. */
async function said(
  run: (session: Session) => Promise<void>,
  json: boolean,
  home = '/nowhere',
): Promise<{ data: string[]; document: unknown; warnings: unknown[] }> {
  const engine = await engineWith(home);
  const data: string[] = [];
  const warnings: unknown[] = [];
  let document: unknown;
  const terminal = {
    json,
    data: (line: string) => data.push(line),
    note: () => undefined,
    warn: (warning: { code: string }) => warnings.push(warning.code),
    document: (value: unknown) => {
      document = JSON.parse(JSON.stringify(value));
    },
    documentList: (items: readonly unknown[], each: (item: unknown) => unknown) => {
      document = JSON.parse(JSON.stringify(items.map(each)));
    },
  } as unknown as Terminal;
  const session = { terminal, signal: new AbortController().signal, engine: async () => engine } as unknown as Session;
  await run(session);
  return { data, document, warnings };
}

const ids = async (run: (session: Session) => Promise<void>): Promise<unknown> =>
  ((await said(run, true)).document as { id: string }[]).map(({ id }) => id.replace('distro/', ''));

describe('catalog list', () => {
  test.each([
    [[], {}, ['2/desktop/x86_64', '2/server/x86_64']],
    [[], { all: true }, ['2/desktop/x86_64', '2/server/x86_64', '2/small/aarch64', '1/desktop/x86_64']],
    [[], { kind: 'installer' }, ['2/server/x86_64']],
    [[], { arch: 'arm64' }, ['2/small/aarch64']],
    [[], { evidence: 'signed' as const }, ['2/desktop/x86_64']],
    [[], { evidence: 'tls' as const }, ['2/desktop/x86_64', '2/server/x86_64']],
    [['distro@1'], {}, ['1/desktop/x86_64']],
    [['distro@2'], { kind: 'live', arch: 'amd64' }, ['2/desktop/x86_64']],
  ])('of %j with %j', async (words, options, found) => {
    expect(await ids((session) => catalogList(session, words, options))).toEqual(found);
  });

  test('tells programs what to type and what has ended, without the provenance', async () => {
    const { document } = await said((session) => catalogList(session, ['distro@1'], {}), true);
    expect(document).toMatchObject([{ reference: 'distro@1/desktop', ended: true, evidence: { level: 'none' } }]);
    expect(document).not.toMatchObject([{ provenance: expect.anything() as unknown }]);
  });
});

test('catalog search finds by all words, within the filters', async () => {
  expect(await ids((session) => catalogSearch(session, ['distro', 'server'], {}))).toEqual(['2/server/x86_64']);
  expect(await ids((session) => catalogSearch(session, ['distro', 'server'], { kind: 'live' }))).toEqual([]);
});

describe('catalog show', () => {
  const lines = async (): Promise<string[]> =>
    (await said((session) => catalogShow(session, ['distro@2/desktop'], { provenance: true }), false)).data;

  test('has with --provenance a line for each field with all there is to know of it', async () => {
    const line = async (field: string): Promise<string[]> =>
      (await lines()).find((each) => each.startsWith(`image.${field} `))?.split(/ {2,}/) ?? [];
    const vendor = ['vendor (embedded)', 'A list, https://vendor.example/SUMS', '2026-01-02'];
    expect(await line('file')).toEqual(['image.file', 'desktop.iso', ...vendor, '-']);
    expect(await line('checksums.sha256')).toEqual(['image.checksums.sha256', 'a'.repeat(64), ...vendor, KEY]);
    expect(await line('mirrors')).toEqual([
      'image.mirrors',
      'https://near.example/d.iso',
      'mine (custom)',
      '-',
      '-',
      '-',
    ]);
  });

  test('warns of a release that has ended', async () => {
    const show = (word: string) => said((session) => catalogShow(session, [word], {}), true);
    expect((await show('distro@1')).warnings).toEqual(['CATALOG_RELEASE_ENDED']);
    expect((await show('distro')).warnings).toEqual([]);
  });
});

describe('catalog export and import', () => {
  const home = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return folder;
  };

  test('carry the same images from one machine to another', async () => {
    const folder = await home();
    const file = join(folder, 'all.json');
    const written = await said((session) => catalogExport(session, [], { output: file }), true);
    expect(written.document).toEqual({ file, images: 4 });
    const list = (at?: string) => said((session) => catalogList(session, [], { all: true }), true, at);
    const { document } = await said((session) => catalogImport(session, [file], { name: 'other' }), true, folder);
    expect(document).toMatchObject({ imported: true, replaces: false, adds: [], problems: [] });
    expect((document as { overrides: string[] }).overrides).toHaveLength(4);
    expect((await list(folder)).document).toEqual((await list()).document);
  });

  test('print what the one takes and the other gives', async () => {
    const { document } = await said((session) => catalogExport(session, ['distro@1'], {}), true);
    expect(document).toMatchObject({ schema: { major: 1 }, distributions: [{ releases: [{ version: '1' }] }] });
    const { data } = await said((session) => catalogExport(session, ['distro@1'], {}), false);
    expect(JSON.parse(data.join('\n'))).toEqual(document);
  });

  test('overwrite nothing that nobody said may go', async () => {
    const folder = await home();
    const file = join(folder, 'all.json');
    const write = () => said((session) => catalogExport(session, [], { output: file }), true);
    await write();
    await expect(write()).rejects.toMatchObject({ code: 'CLI_OUTPUT_EXISTS' });
    const take = (options: object) => said((session) => catalogImport(session, [file], options), true, folder);
    await take({});
    await expect(take({})).rejects.toMatchObject({ code: 'CLI_UNCONFIRMED' });
    expect((await take({ yes: true })).document).toMatchObject({ imported: true, replaces: true });
    await expect(take({ name: '../up' })).rejects.toMatchObject({ code: 'CATALOG_NAME_INVALID' });
  });
});

test('who builds or downloads what has ended is warned', async () => {
  const engine = await engineWith('/nowhere');
  const warnings: string[] = [];
  engine.events.on('warning', ({ code }) => warnings.push(code));
  const resolve = (word: string) => resolveWishes(engine, [word], undefined, new AbortController().signal);
  await resolve('distro');
  expect(warnings).toEqual([]);
  await resolve('distro@^1');
  expect(warnings).toEqual(['CATALOG_RELEASE_ENDED']);
});
