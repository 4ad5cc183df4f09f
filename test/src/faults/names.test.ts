/** Names from outside, which must not lead out of the folder. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { loopstick } from '../harness/loopstick.ts';
import { it, sha256Of, type Stage } from './stage.ts';

/** Downloads without `-o` into a folder of its own, and says which files there are in all of the stage afterwards. */
async function filesAfter(
  stage: Stage,
  url: string,
): Promise<{ readonly inside: string[]; readonly outside: string[] }> {
  const before = await everything(stage.folder);
  const { exitCode, stderr } = await loopstick(['--json', 'download', '--url', url, '--sha256', stage.sha256], {
    home: stage.home,
    cwd: stage.target,
  });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const inside = await stage.list();
  const after = await everything(stage.folder);
  const mayChange = [stage.home, stage.target];
  const outside = after.filter(
    (path) => !before.includes(path) && !mayChange.some((folder) => path.startsWith(folder)),
  );
  return { inside, outside };
}

async function everything(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.map((path) => join(folder, path));
}

/** One file, right where it belongs, with a name that harms nobody. */
async function expectHarmless(
  stage: Stage,
  { inside, outside }: Awaited<ReturnType<typeof filesAfter>>,
): Promise<void> {
  expect(outside).toEqual([]);
  expect(inside).toHaveLength(1);
  const [name = ''] = inside;
  expect(name).toMatch(/^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
  expect(sha256Of(await readFile(join(stage.target, name)))).toBe(stage.sha256);
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
    await expectHarmless(stage, await filesAfter(stage, `${server.url}/download?id=7`));
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
    await expectHarmless(stage, await filesAfter(stage, server.url + path));
  });
});
