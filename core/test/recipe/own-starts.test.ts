import { expect, test } from 'vitest';

import { createMemoryIso } from '../../src/recipe/memory-iso.ts';
import { oneLine } from '../../src/recipe/one-line.ts';
import { ownStarts, readIfSmall } from '../../src/recipe/own-starts.ts';

const { signal } = new AbortController();
const startsOf = (menu: string) => ownStarts(createMemoryIso('L', { '/boot/grub/grub.cfg': menu, '/k': '' }), signal);

test('finds what the menu starts', async () => {
  const menu = `set timeout=5
menuentry 'Start' { linux ($root)/k quiet "a=b c" label=A\\\\x20B $extra \${iso} 'x={iso_path}' ;initrd /i }
menuentry 'Other' { linux /not-there quiet }
if x; then linux16 /k nomodeset; fi`;
  expect(await startsOf(menu)).toEqual([
    { kernel: '/k', args: ['quiet', 'label=A\\x20B'] },
    { kernel: '/k', args: ['nomodeset'] },
  ]);
});

test('takes no more arguments than an entry may have', async () => {
  const [start] = await startsOf(`linux /k ${'a '.repeat(5000)}`);
  expect(start?.args.length).toBeLessThan(64);
});

test('finds nothing in a menu that is missing or beyond all measure', async () => {
  expect(await startsOf('#'.repeat(10 * 1024 * 1024))).toEqual([]);
  expect(await ownStarts(createMemoryIso('L', {}), signal)).toEqual([]);
  expect(await readIfSmall(createMemoryIso('L', {}), '/x', signal)).toBeUndefined();
});

test('one line is one line', () => {
  expect(oneLine('\n  Ubuntu\u001b[2J\u202e 24.04 \n second', 50)).toBe('Ubuntu [2J 24.04');
  expect(oneLine('😀'.repeat(10), 3)).toBe('😀😀😀');
  expect(oneLine('\0\n\u200b', 10)).toBe('');
});
