import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { catalogEntries, createEngine, loadCatalog, parseSettings, selectImage, type Catalog } from '@loopstick/core';
import { describe, expect, onTestFinished, test } from 'vitest';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const SIGNING_KEY = '843938DF228D22F7B3742BC0D94AA3F0EFE21092';
const NOW = new Date('2026-09-01T00:00:00Z');

/** Runs the generator of the plugin in `folder`. */
async function generate(folder: string, ...args: string[]): Promise<unknown> {
  return promisify(execFile)(process.execPath, [join(folder, 'scripts/make-catalog.mjs'), ...args]);
}

/** A copy of what the generator needs, free to be spoilt. */
async function copyOfPlugin(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-ubuntu-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const part of ['scripts', 'upstream', 'catalog.json', 'package.json']) {
    await cp(join(PLUGIN, part), join(folder, part), { recursive: true });
  }
  await symlink(MODULES, join(folder, 'node_modules'));
  return folder;
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(file, after);
}

/** The catalog as the engine gives it, with every warning counted as a mistake. */
async function loaded(): Promise<Catalog> {
  const engine = await createEngine({
    plugins: [PLUGIN],
    settings: parseSettings({}, 'none'),
    context: { env: { LOOPSTICK_HOME: '/nonexistent' } },
  });
  const warnings: unknown[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning));
  const catalog = await loadCatalog(engine, { signal: new AbortController().signal });
  expect(warnings).toEqual([]);
  return catalog;
}

describe('the generator', () => {
  test('makes catalog.json from upstream/, byte for byte', async () => {
    await generate(PLUGIN, '--check');
    const copy = await copyOfPlugin();
    await rm(join(copy, 'catalog.json'));
    await generate(copy);
    expect(await readFile(join(copy, 'catalog.json'))).toEqual(await readFile(join(PLUGIN, 'catalog.json')));
  });

  test('notices a catalog that was edited by hand', async () => {
    const copy = await copyOfPlugin();
    await edit(join(copy, 'catalog.json'), (text) => text.replace('"sha256": "4', '"sha256": "5'));
    await expect(generate(copy, '--check')).rejects.toThrow('is not what upstream/ gives');
  });

  test('refuses a signed list of which one digit was changed', async () => {
    const copy = await copyOfPlugin();
    const list = join(copy, 'upstream/signed/releases-20.04.1/SHA256SUMS');
    await edit(list, (text) => text.replace(/^b/, 'c'));
    await expect(generate(copy)).rejects.toThrow();
  });

  test('refuses a real signature of another list', async () => {
    const copy = await copyOfPlugin();
    const signed = join(copy, 'upstream/signed');
    await cp(join(signed, 'releases-18.04.5/SHA256SUMS.gpg'), join(signed, 'releases-20.04.1/SHA256SUMS.gpg'));
    await expect(generate(copy)).rejects.toThrow();
  });

  test('refuses a good signature by another key than the pinned one', async () => {
    const copy = await copyOfPlugin();
    const script = join(copy, 'scripts/make-catalog.mjs');
    await edit(script, (text) => text.replace(SIGNING_KEY, '790BC7277767219C42C86F933B4FE6ACC0B21F32'));
    await expect(generate(copy)).rejects.toThrow('no good signature by 790B');
  });

  test('refuses sources that contradict each other', async () => {
    const copy = await copyOfPlugin();
    const yaml = join(copy, 'upstream/ubuntu.com-releases.yaml');
    // This file is in the streams, too.
    await edit(yaml, (text) => text.replace('"6c647b1ab4318e8c', '"7c647b1ab4318e8c'));
    await expect(generate(copy)).rejects.toThrow('different checksums');
  });
});

describe('upstream/', () => {
  test('holds exactly the files that ORIGIN.md describes', async () => {
    const upstream = join(PLUGIN, 'upstream');
    const origin = await readFile(join(upstream, 'ORIGIN.md'), 'utf8');
    const entries = await readdir(upstream, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name !== 'ORIGIN.md');
    expect(files).toHaveLength(origin.match(/`[0-9a-f]{64}`/g)?.length ?? 0);
    for (const { parentPath, name } of files) {
      const digest = createHash('sha256').update(await readFile(join(parentPath, name)));
      expect(origin).toContain(`\`${digest.digest('hex')}\``);
    }
  });
});

describe('the embedded catalog', () => {
  test('holds only checksums that stand beside their file in an upstream list', async () => {
    const upstream = join(PLUGIN, 'upstream');
    const entries = await readdir(upstream, { recursive: true, withFileTypes: true });
    const lists = entries.filter((entry) => entry.isFile() && !/\.(?:gpg|md|csv)$/.test(entry.name));
    const texts = await Promise.all(lists.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
    const images = catalogEntries(await loaded());
    expect(images.length).toBeGreaterThan(40);
    for (const { image } of images) {
      const { sha256 } = image.checksums;
      const line = `${sha256} *${image.file}`;
      const product = new RegExp(`/${image.file}",\\s+"sha256": "${sha256}"`);
      expect(texts.some((text) => text.includes(line) || product.test(text))).toBe(true);
      expect(image.mirrors.every((url) => basename(new URL(url).pathname) === image.file)).toBe(true);
      expect(image.provenance['checksums']?.origin).toEqual(image.evidence.origin);
      expect(image.evidence.origin?.location).toContain('commit');
    }
  });

  test('calls signed what a verified list names, and nothing else', async () => {
    const signed = catalogEntries(await loaded()).filter(({ image }) => image.evidence.level === 'signed');
    expect(signed.map(({ image }) => image.id)).toEqual([
      'ubuntu/20.04.3/desktop/x86_64',
      'ubuntu/20.04.3/server/x86_64',
      'ubuntu/20.04.1/desktop/x86_64',
      'ubuntu/20.04.1/server/x86_64',
      'ubuntu/18.04.6/server-alternate/x86_64',
      'ubuntu/18.04.6/server-alternate/aarch64',
      'ubuntu/18.04.5/desktop/x86_64',
      'ubuntu/18.04.5/server/x86_64',
    ]);
    for (const { image } of signed) expect(image.evidence.key).toBe(SIGNING_KEY);
  });

  test('knows what each release is', async () => {
    const catalog = await loaded();
    expect(catalog.distributions.map(({ id }) => id)).toEqual(['ubuntu']);
    expect(selectImage(catalog, 'ubuntu@24.04', NOW).release).toMatchObject({
      version: '24.04.4',
      codename: 'Noble Numbat',
      lts: true,
      endOfLife: '2029-05-31',
    });
    expect(selectImage(catalog, 'ubuntu@22.04.2', NOW).image.size).toBe(4927586304);
    // No list gives an exact size, so none is made up.
    expect(selectImage(catalog, 'ubuntu@26.04', NOW).image.size).toBeUndefined();
  });

  test.each([
    ['ubuntu', 'ubuntu/26.04/desktop/x86_64', 'live'],
    ['ubuntu/server', 'ubuntu/26.04/server/x86_64', 'installer'],
    ['ubuntu@noble/server/arm64', 'ubuntu/24.04.4/server/aarch64', 'installer'],
    ['ubuntu@22.04', 'ubuntu/22.04.5/desktop/x86_64', 'live'],
    ['ubuntu@lts', 'ubuntu/26.04/desktop/x86_64', 'live'],
  ])('takes %s for %s', async (reference, id, kind) => {
    expect(selectImage(await loaded(), reference, NOW).image).toMatchObject({ id, kind });
  });

  test('looks first where a release is to be found', async () => {
    const catalog = await loaded();
    const first = (reference: string): string => selectImage(catalog, reference, NOW).image.mirrors[0]!;
    expect(first('ubuntu@24.04')).toBe('https://releases.ubuntu.com/noble/ubuntu-24.04.4-desktop-amd64.iso');
    expect(first('ubuntu@21.10')).toBe(
      'https://old-releases.ubuntu.com/releases/impish/ubuntu-21.10-desktop-amd64.iso',
    );
    expect(first('ubuntu@22.04.1')).toContain('https://old-releases.ubuntu.com/releases/jammy/');
  });
});
