import { open } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { namePath } from '../../../src/catalog/store/name-path.ts';

test('what the disk refuses to take has the name of its file, and the code of the system', async () => {
  const full = await open('/dev/full', 'w');
  try {
    const failed = await namePath('/some/list.json', full.writeFile('x')).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ENOSPC', path: '/some/list.json' });
    expect(String(failed)).toContain('/some/list.json');
  } finally {
    await full.close();
  }
});

test('what has a path already keeps it', async () => {
  await expect(namePath('/other', open('/nothing/is/here'))).rejects.toMatchObject({
    code: 'ENOENT',
    path: '/nothing/is/here',
  });
});
