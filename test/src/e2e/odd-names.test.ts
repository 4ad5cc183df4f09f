/** Names that the tools behind a stick would take for more than names. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs } from '../inputs/make.ts';

let scene: Scene;
let iso: string;
beforeEach(async () => {
  scene = await createScene();
  iso = (await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['arch-layout'] }))['arch-layout'].path;
});
afterEach(() => scene.remove());

const digest = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('a stick in a file called', () => {
  it.each([
    ['$(touch pwned).img', 'what mtools would give to a shell'],
    ['`touch pwned`\\x.img', 'what mtools would give to a shell'],
    ['x@@1M.img', 'what mtools takes for an offset'],
    ['x?offset=1M.img', 'what e2fsprogs takes for options'],
    ['json:{"a":1},b.img', 'what QEMU takes for options'],
    ['-x, %s \u001b[31m "\'.img', 'an option, blanks, quotes, an escape sequence'],
    [`${'n'.repeat(250)}.img`, 'as long as a name can be'],
  ])('%j works and touches nothing else', async (name) => {
    await writeFile(scene.path('x'), 'mine');
    await writeFile(scene.path('.x'), 'mine');
    const built = await scene.run(['build', iso, `--output=${name}`]);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(built.stderr).not.toContain('\u001b');
    // Loopstick's own home notes which sticks were made.
    expect((await readdir(scene.folder)).sort()).toEqual(['.x', 'home', 'x', name].sort());
    expect(await readFile(scene.path('x'), 'utf8')).toBe('mine');
    const verified = await scene.run(['stick', 'verify', '--', name]);
    expect(verified.exitCode, verified.stderr).toBe(0);
  });

  it('and in a folder of such a name', async () => {
    const folder = '$(touch pwned)@@0?x,y';
    await mkdir(scene.path(folder));
    expect((await scene.run(['build', iso, '-o', join(folder, 's.img')])).exitCode).toBe(0);
    expect((await readdir(scene.folder)).includes('pwned')).toBe(false);
  });
});

describe('an output', () => {
  it('never takes the place of what it is made from, not even with --force', async () => {
    await copyFile(iso, scene.path('self.iso'));
    const before = await digest(scene.path('self.iso'));
    const { exitCode, error } = await scene.run(['--json', 'build', 'self.iso', '-o', './self.iso', '--force']);
    expect({ code: error?.code, exitCode }).toEqual({ code: 'STICK_OUTPUT_IS_INPUT', exitCode: 8 });
    expect(await digest(scene.path('self.iso'))).toBe(before);
  });
});

describe('a title', () => {
  it.each(['x'.repeat(121), '', ' ', 'a\nb', 'a\u001b[31mb', 'a\u202eb'])('such as %j is refused', async (title) => {
    const { exitCode, error } = await scene.run(['--json', 'build', iso, '-o', 's.img', '--title', title]);
    expect({ code: error?.code, exitCode }).toEqual({ code: 'CLI_USAGE', exitCode: 2 });
  });

  it('may hold everything else', async () => {
    const title = `50% "of" Jürgen's $HOME \`x\` %s ☕`;
    const built = await scene.run(['--json', 'build', iso, '-o', 's.img', '--title', title]);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(
      (JSON.parse((await scene.run(['--json', 'stick', 'list', 's.img'])).stdout) as { title: string }).title,
    ).toBe(title);
  });
});
