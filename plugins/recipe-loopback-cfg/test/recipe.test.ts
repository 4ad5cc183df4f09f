import { createMemoryIso, recognitionSchema } from '@loopstick/core';
import { expect, test } from 'vitest';

import { recogniseLoopbackCfg } from '../src/recipe.ts';

const { signal } = new AbortController();
const SOUND = 'linux /k findiso=$iso_path';
const recognise = (files: Readonly<Record<string, string>>, label = 'ARCH_202511') =>
  recogniseLoopbackCfg(createMemoryIso(label, { '/k': '', ...files }), signal);

test.each(['/boot/grub/loopback.cfg', '/boot/grub2/loopback.cfg'])('uses a sound %s', async (config) => {
  const found = await recognise({ [config]: SOUND });
  expect(recognitionSchema.parse(found)).toMatchObject({
    title: 'ARCH_202511',
    entries: [{ type: 'iso-menu', id: 'menu', config }],
  });
});

test('prefers the one that works', async () => {
  const files = { '/boot/grub/loopback.cfg': 'linux /k', '/boot/grub2/loopback.cfg': SOUND };
  expect(await recognise(files)).toMatchObject({ entries: [{ config: '/boot/grub2/loopback.cfg' }] });
});

test('says why it does not use one', async () => {
  expect(await recognise({ '/boot/grub/loopback.cfg': 'linux /k' })).toEqual({ rejected: expect.any(String) });
});

test('knows nothing without one', async () => {
  expect(await recognise({})).toBeUndefined();
});

test('takes its name from inside, whatever is written there', async () => {
  const config = { '/boot/grub/loopback.cfg': SOUND };
  for (const info of ["\u001b[2J$(reboot)'\u202e", 'x'.repeat(5000), '\n\n', '']) {
    const found = await recognise({ ...config, '/.disk/info': info }, '\u0007');
    expect(recognitionSchema.safeParse(found).success).toBe(true);
  }
});
