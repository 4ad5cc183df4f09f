import { FIRMWARES, WATCHED_FAILURES, type MenuItem } from '@loopstick/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { renderMenu } from '../src/menu.ts';
import { checkScript } from '../src/plan.ts';
import { DATA_UUID, ISO_PATH, linuxItem, runner } from './request.ts';

const data = { filesystem: 'ext4', uuid: DATA_UUID } as const;
const render = (...items: MenuItem[]): string => renderMenu({ items, data }, true);
const accepted = (config: string): Promise<void> => checkScript(config, runner, AbortSignal.timeout(60_000));

const isoMenu: MenuItem = {
  id: 'own',
  title: 'Its own menu',
  isoPath: ISO_PATH,
  entry: { type: 'iso-menu', id: 'own', title: 'x', conditions: {}, markers: {}, config: '/boot/grub/loopback.cfg' },
};

describe('renderMenu', () => {
  it('starts a kernel with its arguments, and with the serial ones only when watched', () => {
    const config = render(linuxItem('one', { args: ['a=1', 'b=$x'], initrds: ['/i1', '/i2'] }));
    expect(config).toContain("linux '(loop)/vmlinuz' 'a=1' 'b=$x'\n");
    expect(config).toContain("linux '(loop)/vmlinuz' 'a=1' 'b=$x' 'console=ttyS0,115200'\n");
    expect(config).toContain("if initrd '(loop)/i1' '(loop)/i2'; then");
  });

  it('has no initrd command for a kernel without one', () => {
    expect(render(linuxItem('one', { initrds: [] }))).not.toMatch(/^\s*(if )?initrd /m);
  });

  it('opens the menu that an ISO brings, after a look whether it is there', () => {
    const config = render(isoMenu);
    expect(config).toContain(
      "if [ -f '(loop)/boot/grub/loopback.cfg' ]; then\n      configfile '(loop)/boot/grub/loopback.cfg'",
    );
    expect(config).toContain('export iso_path');
  });

  it('keeps an entry for other firmware, with the reason', () => {
    const config = render(linuxItem('one', { title: 'One', conditions: { firmware: ['uefi-x64', 'uefi-ia32'] } }));
    expect(config).toContain('if [ "$loopstick_firmware" = uefi-x64 -o "$loopstick_firmware" = uefi-ia32 ]; then');
    expect(config).toContain("menuentry 'One (needs UEFI)' --id 'one'");
  });

  it.each([
    [['bios'], 'needs BIOS'],
    [['uefi-x64'], 'needs 64-bit UEFI'],
    [['uefi-ia32'], 'needs 32-bit UEFI'],
    [['bios', 'uefi-x64'], 'needs BIOS or 64-bit UEFI'],
  ] as const)('says of %j that it %s', (firmware, words) => {
    expect(render(linuxItem('one', { conditions: { firmware: [...firmware] } }))).toContain(`(${words})`);
  });

  it('asks for no firmware when all will do', () => {
    expect(render(linuxItem('one', { conditions: { firmware: [...FIRMWARES] } }))).not.toContain('(needs');
  });

  it('does not start what would not find its ISO on this data filesystem', () => {
    const config = render(linuxItem('one', { title: 'One', conditions: { dataFilesystem: ['exfat'] } }));
    expect(config).toContain("menuentry 'One (needs exFAT)' --id 'one'");
    expect(config).not.toContain('vmlinuz');
  });

  it.each(['a="b"', "a='b'", String.raw`root=live:CDLABEL=a\x20b`])(
    'refuses %s, which GRUB would change',
    (argument) => {
      expect(() => render(linuxItem('one', { args: [argument] }))).toThrow(
        expect.objectContaining({ code: 'GRUB_ARGUMENT_UNSUPPORTED' }),
      );
    },
  );

  it('reports failures only in words of the protocol', () => {
    const config = render(
      linuxItem('one', { conditions: { firmware: ['bios'] } }),
      linuxItem('two', { conditions: { dataFilesystem: ['exfat'] } }),
      isoMenu,
    );
    const words = [...config.matchAll(/loopstick_(?:failed|unsuitable) (?:"\$1"|'[^']*') ([a-z]+) /g)].map(
      ([, word]) => word,
    );
    expect(new Set(words)).toEqual(new Set(WATCHED_FAILURES));
  });

  it('announces each item by id, and none when there is none', () => {
    expect(render(linuxItem('one'), linuxItem('two'))).toContain("for loopstick_id in 'one' 'two'; do");
    expect(render()).not.toContain('for loopstick_id');
  });

  it('does without graphics where there is no font', async () => {
    const config = renderMenu({ items: [linuxItem('one')], data }, false);
    expect(config).not.toMatch(/gfxterm|loadfont|theme/);
    await accepted(config);
  });

  it('is accepted by GRUB for any title', async () => {
    const titles = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }), { numRuns: 200, seed: 2 });
    const items = titles.flatMap((title, index) => [
      linuxItem(`item-${index}`, { title }),
      linuxItem(`other-${index}`, { title, conditions: { firmware: ['bios'] } }),
    ]);
    await accepted(render(...items));
    await accepted(render());
  });
});

describe('checkScript', () => {
  it('refuses a script that GRUB cannot parse, with the line', async () => {
    await expect(accepted('menuentry "x" {\n  echo "open\n}\n')).rejects.toMatchObject({
      code: 'GRUB_SCRIPT_INVALID',
      message: expect.stringMatching(/line \d/) as string,
    });
  });
});
