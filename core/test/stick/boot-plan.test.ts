import { describe, expect, it } from 'vitest';

import type { MenuItem } from '../../src/engine/hooks.ts';
import { checkBootPlan } from '../../src/stick/boot-plan.ts';

const bytes = new Uint8Array([1]);
const ISO = '/loopstick-0123456789abcdef/a.iso';
const itemOf = (id: string): MenuItem => ({
  id,
  title: id,
  isoPath: ISO,
  entry: { type: 'iso-menu', id, title: id, conditions: {}, markers: {}, config: '/x.cfg' },
});
const ITEMS = ['one', 'two'].map(itemOf);
const plan = (parts: object): unknown => ({
  firmwares: ['uefi-x64'],
  espFiles: new Map([['EFI/BOOT/BOOTX64.EFI', bytes]]),
  bios: undefined,
  ...parts,
});
const taking = (path: string, source = '/linux', isoPath = ISO): unknown =>
  plan({ isoFiles: [{ isoPath, source, path }] });
const codeOf = (answer: unknown): unknown => {
  try {
    checkBootPlan('some', answer, ITEMS);
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('checkBootPlan', () => {
  it('takes a plan without a BIOS part, and fills in what may be missing', () => {
    expect(checkBootPlan('some', plan({}), ITEMS)).toMatchObject({ bios: undefined, isoFiles: [], leftOut: [] });
    const typed = { ready: 'Menu is there', keys: new Map([['two', '\u001b[Be console=ttyS0\r']]) };
    const full = { isoFiles: [{ isoPath: ISO, source: '/linux', path: 'k/linux' }], typed };
    const leftOut = [{ id: 'one', reason: 'it is too old' }];
    expect(checkBootPlan('some', plan({ ...full, leftOut }), ITEMS)).toMatchObject({ ...full, leftOut });
  });

  it.each([
    ['a file twice, but for case', taking('efi/boot/bootx64.efi'), 'STICK_PLAN_INVALID'],
    ['a file in a file', taking('EFI/BOOT/BOOTX64.EFI/linux'), 'STICK_PLAN_INVALID'],
    ['a file outside the partition', taking('../linux'), 'PLUGIN_OUTPUT_INVALID'],
    ['a file from outside the ISO', taking('linux', '/../etc/shadow'), 'PLUGIN_OUTPUT_INVALID'],
    ['a file from no ISO', taking('linux', '/linux', '/../host.iso'), 'PLUGIN_OUTPUT_INVALID'],
    ['an unknown item left out', plan({ leftOut: [{ id: 'six', reason: 'why' }] }), 'STICK_PLAN_INVALID'],
    ['an item left out twice', plan({ leftOut: [1, 2].map(() => ({ id: 'one', reason: 'w' })) }), 'STICK_PLAN_INVALID'],
    ['no reason', plan({ leftOut: [{ id: 'one', reason: '' }] }), 'PLUGIN_OUTPUT_INVALID'],
    ['a reason of two lines', plan({ leftOut: [{ id: 'one', reason: 'a\nb' }] }), 'PLUGIN_OUTPUT_INVALID'],
    ['keys of nothing', plan({ typed: { ready: 'abc', keys: new Map([['six', 'e']]) } }), 'STICK_PLAN_INVALID'],
    [
      'keys no terminal has',
      plan({ typed: { ready: 'abc', keys: new Map([['one', '\0']]) } }),
      'PLUGIN_OUTPUT_INVALID',
    ],
    ['a menu known by nothing', plan({ typed: { ready: '', keys: new Map() } }), 'PLUGIN_OUTPUT_INVALID'],
  ])('refuses %s', (_, answer, code) => {
    expect(codeOf(answer)).toBe(code);
  });
});
