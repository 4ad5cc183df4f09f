import { readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { EXIT_BOOT_CHECK, EXIT_CODES } from '../src/exit-codes.ts';

it('are all documented, and different from each other', async () => {
  const page = await readFile(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\|\s*(\d[\d, ]*)\s*\|/gm)].flatMap(
    (row) => row[1]?.split(',').map(Number) ?? [],
  );
  const codes = [0, ...Object.values(EXIT_CODES), EXIT_BOOT_CHECK];
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(documented).toContain(code);
});
