/** `loopstick verify` and `loopstick find`, as a user types them. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
  await mkdir(scene.path('isos/deep'), { recursive: true });
  for (const name of ['good.iso', 'bad.iso', 'deep/again']) {
    await writeFile(scene.path(`isos/${name}`), name === 'bad.iso' ? 'bad' : 'good');
  }
  const lines = ['good.iso', 'bad.iso', 'gone.iso'].map((name) => `${sha256('good')} *${name}\n`);
  await writeFile(scene.path('isos/SHA256SUMS'), lines.join(''));
});
afterEach(() => scene.remove());

describe('verify', () => {
  it('says what differs, and ends with 5', async () => {
    const { stdout, exitCode, stderr } = await scene.run(['verify', '--checksums', 'isos/SHA256SUMS']);
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^ok +isos\/good\.iso/m);
    expect(stdout).toMatch(/^DIFFERS +isos\/bad\.iso/m);
    expect(stdout).toContain(sha256('bad'));
    expect(stdout).not.toContain('gone');
    expect(stderr).toMatch(/^error: .*isos\/bad\.iso/m);
  });

  it('gives programs every result, also when it fails', async () => {
    const args = [
      '--json',
      'verify',
      '--checksums',
      'isos/SHA256SUMS',
      'isos/good.iso',
      'isos/bad.iso',
      'isos/gone.iso',
    ];
    const { stdout, exitCode, error } = await scene.run(args);
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 5, code: 'VERIFY_DIFFERS' });
    const expected = { sha256: sha256('good') };
    expect(JSON.parse(stdout)).toEqual([
      { file: 'isos/good.iso', ok: true, size: 4, expected, actual: expected },
      { file: 'isos/bad.iso', ok: false, size: 3, expected, actual: { sha256: sha256('bad') } },
      expect.objectContaining({ ok: false, error: expect.objectContaining({ code: 'FILE_NOT_FOUND' }) }),
    ]);
  });

  it('is content when all is right, by a list or by a checksum in any case', async () => {
    await rm(scene.path('isos/bad.iso'));
    expect((await scene.run(['verify', '--checksums', 'isos/SHA256SUMS'])).exitCode).toBe(0);
    const hex = sha256('good').toUpperCase();
    expect((await scene.run(['verify', '--sha256', hex, 'isos/good.iso', 'isos/deep/again'])).exitCode).toBe(0);
  });

  it('prints checksums that can be checked again', async () => {
    const { stdout, exitCode } = await scene.run(['verify', 'isos/good.iso', 'isos/bad.iso']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`${sha256('good')}  isos/good.iso\n${sha256('bad')}  isos/bad.iso`);
    await writeFile(scene.path('list'), stdout);
    expect((await scene.run(['verify', '--checksums', 'list'])).exitCode).toBe(0);
  });

  it.each([
    [['verify'], 'CLI_USAGE', 2],
    [['verify', '--sha256', 'abc', 'isos/good.iso'], 'CLI_BAD_VALUE', 2],
    [['verify', '--md5', 'a'.repeat(32), '--checksums', 'isos/SHA256SUMS'], 'CLI_USAGE', 2],
    [['verify', '--checksums', 'isos/SHA256SUMS', 'isos/deep/again'], 'VERIFY_NOT_LISTED', 3],
    [['verify', '--checksums', 'isos/good.iso'], 'VERIFY_LIST_UNREADABLE', 4],
    [['verify', '--sha256', sha256('good'), 'isos/none.iso'], 'FILE_NOT_FOUND', 3],
    [['verify', 'isos'], 'VERIFY_NOT_A_FILE', 4],
    [['verify', '--checksums', 'isos'], 'VERIFY_NOT_A_FILE', 4],
  ])('refuses %j', async (args, code, exitCode) => {
    const result = await scene.run(['--json', ...args]);
    expect({ code: result.error?.code, exitCode: result.exitCode }).toEqual({ code, exitCode });
  });
});

describe('find', () => {
  it('finds one file, or all of them', async () => {
    const wanted = ['--sha256', sha256('good')];
    const one = await scene.run(['find', ...wanted, 'isos']);
    expect(one.exitCode).toBe(0);
    expect(one.stdout).toBe('isos/good.iso');
    const { stdout, exitCode } = await scene.run(['--json', 'find', ...wanted, '--size', '4', '--all', 'isos']);
    expect(exitCode).toBe(0);
    const found = JSON.parse(stdout) as { path: string; size: number }[];
    expect(found.map(({ path }) => path).sort()).toEqual(['isos/deep/again', 'isos/good.iso']);
  });

  it.each([
    [['find', '--sha256', sha256('other'), 'isos'], 'VERIFY_NOT_FOUND', 3],
    [['find', '--sha256', sha256('good'), '--size', '5', 'isos'], 'VERIFY_NOT_FOUND', 3],
    [['find', 'isos'], 'CLI_USAGE', 2],
    [['find', '--sha256', sha256('good'), '--size', 'big', 'isos'], 'CLI_BAD_SIZE', 2],
  ])('refuses %j', async (args, code, exitCode) => {
    const result = await scene.run(['--json', ...args]);
    expect({ code: result.error?.code, exitCode: result.exitCode }).toEqual({ code, exitCode });
    expect(result.stdout).toBe('');
  });
});
