import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { descriptionSchema } from '../../src/distribution/description.ts';

const GUIDE = readFileSync(new URL('../../../docs/distribution-document.md', import.meta.url), 'utf8');

test('the examples of the guide make a document', () => {
  const blocks = Array.from(GUIDE.matchAll(/```json\n([^`]+)```/g), ([, text = '']) => JSON.parse(text) as object);
  const whole = blocks.find((block) => 'distribution' in block);
  const lists = blocks.filter((block) => 'images' in block);
  const mirrorLists = blocks.find(Array.isArray);
  const boot = blocks.filter((block) => 'recognise' in block);
  expect([lists.length, boot.length]).toEqual([1, 1]);
  const keys = [{ fingerprint: 'A'.repeat(40), file: './keys/example.asc', releases: ['12.*'] }];
  const parsed = descriptionSchema.safeParse({ ...whole, keys, lists, mirrorLists, boot });
  expect(parsed.error?.issues ?? []).toEqual([]);
});
