import { stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeFolder } from '../../src/engine/make-folder.ts';
import { temporaryFolder } from './support.ts';

test('makes what is missing, also when others do the same', async () => {
  const folder = join(await temporaryFolder(), 'a/b/c');
  await Promise.all([makeFolder(folder), makeFolder(folder), makeFolder(join(folder, 'd'))]);
  await makeFolder(folder);
  expect((await stat(join(folder, 'd'))).isDirectory()).toBe(true);
});

test('keeps the system’s code', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await symlink(join(folder, 'nowhere/at/all'), join(folder, 'link'));
  await expect(makeFolder(join(folder, 'file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeFolder(join(folder, 'link/a/b'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(makeFolder('/proc/self/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
});
