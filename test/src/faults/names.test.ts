/** Names from outside, which must not lead out of the folder. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

import { describe, expect } from 'vitest';

import { loopstick } from '../harness/loopstick.ts';
import { it, sha256Of, type Stage } from './stage.ts';

/** Runs `loopstick download` without `-o`, and says which files there are besides those of before. */
async function filesAfter(stage: Stage, words: readonly string[]): Promise<Files> {
  const before = new Set(await everything(stage.folder));
  const { exitCode, error } = await loopstick(['--json', 'download', ...words], {
    home: stage.home,
    cwd: stage.target,
  });
  const added = (await everything(stage.folder)).filter((path) => !before.has(path) && !path.startsWith(stage.home));
  const isInside = (path: string): boolean => path.startsWith(`${stage.target}/`);
  return {
    exitCode,
    code: error?.code,
    inside: added.filter(isInside),
    outside: added.filter((path) => !isInside(path)),
  };
}

interface Files {
  readonly exitCode: number | undefined;
  readonly code: string | undefined;
  readonly inside: readonly string[];
  readonly outside: readonly string[];
}

async function everything(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.map((path) => join(folder, path));
}

/** One file, right where it belongs, with a name that harms nobody. */
async function expectHarmless(stage: Stage, { exitCode, code, inside, outside }: Files): Promise<void> {
  expect({ exitCode, code, outside }).toEqual({ exitCode: 0, code: undefined, outside: [] });
  expect(inside).toHaveLength(1);
  const [path = ''] = inside;
  expect(relative(stage.target, path)).toMatch(/^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u);
  expect(Buffer.byteLength(basename(path))).toBeLessThanOrEqual(200);
  expect(sha256Of(await readFile(path))).toBe(stage.sha256);
}

function urlWords({ sha256 }: Stage, url: string): string[] {
  return ['--url', url, '--sha256', sha256];
}

describe.concurrent('a name', () => {
  it.override({ size: 10_000 });

  it.for<[string, string]>([
    ['a parent', 'attachment; filename="../evil.iso"'],
    ['several parents', 'attachment; filename="../../../../evil.iso"'],
    ['a parent with a backslash', 'attachment; filename="..\\\\evil.iso"'],
    ['an absolute path', 'attachment; filename="/etc/cron.d/evil"'],
    ['a drive', 'attachment; filename="C:\\\\evil.iso"'],
    ['only the parent', 'attachment; filename=".."'],
    ['a hidden file', 'attachment; filename=".bashrc"'],
    ['an option', 'attachment; filename="-rf.iso"'],
    ['a device', 'attachment; filename="CON"'],
    ['5000 letters', `attachment; filename="${'x'.repeat(5000)}.iso"`],
    ['coded slashes', "attachment; filename*=UTF-8''..%2F..%2Fevil.iso"],
    ['control characters', "attachment; filename*=UTF-8''a%00b%1B%5B31m%0A.iso"],
    ['letters that run backwards', "attachment; filename*=UTF-8''%E2%80%AEosi.exe"],
    ['nothing', 'attachment; filename=""'],
    ['half a name', 'attachment; filename'],
    ['nonsense', 'nonsense;;;==='],
  ])('that a server proposes leads nowhere else: %s', async ([, value], { stage }) => {
    const server = await stage.serve({ kind: 'disposition', value }, { only: 'image.iso' });
    await expectHarmless(stage, await filesAfter(stage, urlWords(stage, `${server.url}/download?id=7`)));
  });

  it.for<[string, string]>([
    ['a parent', '/%2e%2e%2fevil.iso'],
    ['two parents', '/..%2f..%2fevil.iso'],
    ['a backslash', '/a/%2e%2e%5cevil.iso'],
    ['an absolute path', '/%2fetc%2fpasswd'],
    ['a null', '/%00evil.iso'],
    ['a terminal code', '/%1b%5b31mevil.iso'],
    ['a hidden file', '/.hidden.iso'],
    ['only the parent', '/%2e%2e'],
    ['nothing', '/'],
    ['3000 letters', `/${'y'.repeat(3000)}.iso`],
    ['bytes that are no text', '/%ff%fe.iso'],
    ['an unfinished file', '/image.iso.part'],
    ['letters that run backwards', '/%E2%80%AEosi.exe'],
  ])('in an address leads nowhere else: %s', async ([, path], { stage }) => {
    const server = await stage.serve([], { only: 'image.iso' });
    await expectHarmless(stage, await filesAfter(stage, urlWords(stage, server.url + path)));
  });

  it.for<[string, string]>([
    ['a parent', '../evil.iso'],
    ['an absolute path', '/etc/cron.d/evil'],
    ['a backslash', '..\\evil.iso'],
    ['a hidden file', '.bashrc'],
    ['only the parent', '..'],
  ])('in a metalink leads nowhere else: %s', async ([, name], { stage }) => {
    const server = await stage.serve();
    const hash = `<hash type="sha-256">${stage.sha256}</hash>`;
    const file = `<file name="${name}"><size>${stage.content.length}</size>${hash}<url>${server.file}</url></file>`;
    await writeFile(`${stage.folder}/a.meta4`, `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${file}</metalink>`);
    const files = await filesAfter(stage, ['../a.meta4']);
    // To say that such a metalink is malformed is right as well.
    if (files.exitCode === 0) await expectHarmless(stage, files);
    else expect(files).toEqual({ exitCode: 4, code: 'METALINK_MALFORMED', inside: [], outside: [] });
  });
});
