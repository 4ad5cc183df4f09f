/** A lock is one stick, and vouches for nothing. */
import { readFile, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { isThere } from '../harness/loopstick.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs, type TestInputs } from '../inputs/make.ts';

let scene: Scene;
let inputs: TestInputs<'arch-layout' | 'memtest'>;
beforeEach(async () => {
  scene = await createScene();
  inputs = await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['arch-layout', 'memtest'] });
});
afterEach(() => scene.remove());

it('refuses other images, another title and another size, and stays as it is', async () => {
  const [arch, memtest] = [inputs['arch-layout'].path, inputs.memtest.path];
  const locked = ['-o', 'other.img', '--lock', 'stick.lock'];
  expect((await scene.run(['build', arch, '-o', 'first.img', '--lock', 'stick.lock'])).exitCode).toBe(0);
  const before = await readFile(scene.path('stick.lock'), 'utf8');
  for (const args of [[memtest], [arch, memtest], [arch, '--title', 'Other'], [arch, '--size', '1G']]) {
    const { exitCode, error } = await scene.run(['--json', 'build', ...args, ...locked]);
    expect({ exitCode, code: error?.code }, args.join(' ')).toEqual({ exitCode: 5, code: 'STICK_LOCK_DIFFERS' });
  }
  expect(await readFile(scene.path('stick.lock'), 'utf8')).toBe(before);
  expect(await isThere(scene.path('other.img'))).toBe(false);
});

it('is refused when it is malformed', async () => {
  for (const text of ['{', '{}', '{"schema":1,"seed":"x"}']) {
    await writeFile(scene.path('bad.lock'), text);
    const args = ['build', inputs['arch-layout'].path, '-o', 's.img', '--lock', 'bad.lock'];
    const { exitCode, error } = await scene.run(['--json', ...args]);
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code: 'STICK_LOCK_INVALID' });
  }
});

it('cannot claim that an image is signed', async () => {
  const { sha256 } = inputs['arch-layout'];
  const mirrors = ['http://127.0.0.1:9/weak.iso'];
  const image = { distribution: 'weak', version: '1', file: 'weak.iso', sha256, mirrors };
  const catalog = await writeCatalog(scene.path('catalog'), [image]);
  const claim = { reference: 'weak', id: 'weak/1/default/x86_64', name: 'weak.iso', sha256, evidence: 'signed' };
  const lock = { schema: 1, seed: '0'.repeat(32), createdAt: '2026-01-01T00:00:00Z', title: 'Loopstick' };
  await writeFile(scene.path('stick.lock'), JSON.stringify({ ...lock, images: [{ ...claim, urls: mirrors }] }));
  const args = ['--catalog', catalog, 'build', 'weak', '-o', 's.img', '--lock', 'stick.lock'];
  const { exitCode, error } = await scene.run(['--json', ...args]);
  expect({ exitCode, code: error?.code }).toEqual({ exitCode: 5, code: 'EVIDENCE_TOO_WEAK' });
});
