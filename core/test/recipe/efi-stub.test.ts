import { expect, it } from 'vitest';
import fc from 'fast-check';

import { efiStubOf } from '../../src/recipe/efi-stub.ts';
import type { OpenIso } from '../../src/recipe/iso-reader.ts';

const { signal } = new AbortController();
const isoOf = (head: Uint8Array): OpenIso => {
  async function* stream(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield await Promise.resolve(head);
  }
  return { stream } as unknown as OpenIso;
};
const stubOf = (head: Uint8Array): Promise<unknown> => efiStubOf(isoOf(head), '/linux', signal);

/** The headers of a program: where they begin, for which machine and subsystem, with which sections. */
function program(machine: number, sections: readonly string[] = ['.text'], subsystem = 10, at = 0x80): Buffer {
  const head = Buffer.alloc(1024);
  head.write('MZ');
  head.writeUInt32LE(at, 0x3c);
  head.write('PE\0\0', at, 'latin1');
  head.writeUInt16LE(machine, at + 4);
  head.writeUInt16LE(sections.length, at + 6);
  head.writeUInt16LE(160, at + 20);
  head.writeUInt16LE(subsystem, at + 24 + 68);
  for (const [index, name] of sections.entries()) head.write(name, at + 24 + 160 + index * 40);
  return head;
}

it('knows which UEFI starts a kernel', async () => {
  expect(await stubOf(program(0x8664))).toEqual(['uefi-x64']);
  expect(await stubOf(program(0x8664, ['.setup', '.compat', '.text']))).toEqual(['uefi-x64', 'uefi-ia32']);
  expect(await stubOf(program(0x014c))).toEqual(['uefi-ia32']);
});

it('finds none in what is no program for UEFI on a PC', async () => {
  const noMark = program(0x8664);
  noMark.write('ZM');
  for (const head of [Buffer.alloc(0), Buffer.from('MZ'), noMark, program(0xaa64), program(0x8664, [], 3)]) {
    expect(await stubOf(head)).toEqual([]);
  }
});

it('reads any bytes without complaint', async () => {
  const any = fc.tuple(fc.uint8Array({ maxLength: 600 }), fc.nat(0xffff_ffff), fc.boolean());
  await fc.assert(
    fc.asyncProperty(any, async ([tail, at, near]) => {
      const head = Buffer.concat([program(0x8664, ['.compat'], 10, 0x40).subarray(0, 0x60), tail]);
      if (!near) head.writeUInt32LE(at, 0x3c);
      const found = (await stubOf(head)) as string[];
      expect(found.every((each) => each.startsWith('uefi-'))).toBe(true);
    }),
  );
});
