import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { placeEntry, recognitionSchema, udevEncode, type LinuxEntry } from '../../src/recipe/boot-entry.ts';

const ENTRY: LinuxEntry = {
  type: 'linux',
  id: 'live',
  title: 'A system',
  kernel: '/vmlinuz',
  initrds: ['/initrd'],
  args: [],
  serialArgs: [],
  conditions: {},
  markers: {},
};
const PLACE = { isoPath: '/loopstick-0/a.iso', dataUuid: 'uuid', isoLabel: 'My Label' };

describe('udevEncode', () => {
  // What blkid prints as ID_FS_LABEL_ENC for images with these labels (util-linux 2.38).
  test.each([
    ['Fedora-WS-Live-42', 'Fedora-WS-Live-42'],
    ['Ubuntu 24.04.2 LTS amd64', String.raw`Ubuntu\x2024.04.2\x20LTS\x20amd64`],
    ['Fed/ora 41,xé', String.raw`Fed\x2fora\x2041\x2cxé`],
    ['a#+-.:=@_b', 'a#+-.:=@_b'],
    [`'"$(x)\\`, String.raw`\x27\x22\x24\x28x\x29\x5c`],
    ['\u001b\n\u007f', String.raw`\x1b\x0a\x7f`],
    ['☃😀', '☃😀'],
  ])('%j', (label, encoded) => {
    expect(udevEncode(label)).toBe(encoded);
  });

  test('leaves nothing that splits or ends a kernel argument', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (label) => {
        expect(udevEncode(label)).not.toMatch(/[\u0000-\u0020"'$`;{}/]/);
      }),
    );
  });
});

describe('placeEntry', () => {
  test('fills in the templates, however often, and nothing else', () => {
    const args = ['a={iso_path}:{iso_path}', 'b={data_uuid}', 'c={iso_label}', '{other}', '{{iso_path}}'];
    expect(placeEntry({ ...ENTRY, args }, PLACE)).toMatchObject({
      args: [
        'a=/loopstick-0/a.iso:/loopstick-0/a.iso',
        'b=uuid',
        String.raw`c=My\x20Label`,
        '{other}',
        '{/loopstick-0/a.iso}',
      ],
    });
  });

  test('does not fill in what a label brings', () => {
    const placed = placeEntry({ ...ENTRY, args: ['x={iso_label}'] }, { ...PLACE, isoLabel: '{iso_path}$&' });
    expect(placed).toMatchObject({ args: [String.raw`x=\x7biso_path\x7d\x24\x26`] });
  });
});

describe('recognitionSchema', () => {
  const recognition = (change: object): unknown => ({ title: 'A', kind: 'live', entries: [{ ...ENTRY, ...change }] });
  const accepts = (value: unknown): boolean => recognitionSchema.safeParse(value).success;

  test('takes an ordinary entry and fills in the defaults', () => {
    const { type, id, title, kernel, initrds, args } = ENTRY;
    const least = { title: 'A', kind: 'live', entries: [{ type, id, title, kernel, initrds, args }] };
    expect(recognitionSchema.parse(least)).toMatchObject({
      notes: [],
      entries: [{ conditions: {}, markers: {}, serialArgs: ['console=ttyS0,115200', 'ignore_loglevel'] }],
    });
  });

  test.each([
    ['an argument with a blank', { args: ['a b'] }],
    ['an argument with a line end', { args: ['a\nb'] }],
    ['an empty argument', { args: [''] }],
    ['a kernel outside', { kernel: '/a/../../etc/passwd' }],
    ['a relative kernel', { kernel: 'vmlinuz' }],
    ['a kernel with an escape sequence', { kernel: '/\u001b[2J' }],
    ['a title with an escape sequence', { title: '\u001b[2J' }],
    ['a title that turns the direction of writing', { title: 'a\u202eb' }],
    ['an empty title', { title: '' }],
    ['an odd id', { id: 'A b' }],
    ['an unknown field', { run: 'me' }],
    ['an unknown firmware', { conditions: { firmware: ['coreboot'] } }],
    ['too many arguments', { args: Array.from({ length: 65 }, () => 'a') }],
  ])('refuses %s', (_, change) => {
    expect(accepts(recognition({}))).toBe(true);
    expect(accepts(recognition(change))).toBe(false);
  });
});
