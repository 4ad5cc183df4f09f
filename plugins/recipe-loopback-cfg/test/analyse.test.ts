import { createMemoryIso } from '@loopstick/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { analyseMenu } from '../src/analyse.ts';

const { signal } = new AbortController();
const CONFIG = '/boot/grub/loopback.cfg';

const problemOf = (text: string, others: Readonly<Record<string, string>> = {}): Promise<string | undefined> =>
  analyseMenu(createMemoryIso('L', { '/k': '', [CONFIG]: text, ...others }), CONFIG, signal);

/** In GRUB's syntax. */
const ISO_PATH = '${iso_path}'; // eslint-disable-line no-template-curly-in-string -- GRUB fills it in

describe('sound menus', () => {
  test.each([
    ['direct', 'menuentry "A" {\n linux /k findiso=$iso_path\n initrd /i\n}'],
    ['in braces', `linux /k quiet iso-scan/filename=${ISO_PATH}`],
    ['in quotes', `linux /k img_loop="${ISO_PATH}"`],
    ['linuxefi', 'linuxefi /k findiso=$iso_path'],
    ['linux16', 'linux16 /k findiso=$iso_path'],
    ['a variable as command', 'set linux=linux\n$linux ($root)/k findiso=$iso_path'],
    ['a variable of any name as command', 'set cmd=linux\n$cmd /k findiso=$iso_path'],
    ['through a variable', 'set a="findiso=$iso_path"\nexport a\nlinux /k $a'],
    ['through several variables', 'set a=$iso_path\nb=x$a\nset c="$b y"\nlinux /k $c'],
    ['in a condition', 'if [ -n "$iso_path" ]; then set a=findiso=$iso_path; else set a=; fi\nlinux /k $a'],
    ['in one of two branches', 'if [ "$x" ]; then\n linux /k\nelse\n linux /k findiso=$iso_path\nfi'],
    ['by regexp', 'regexp --set=1:part "(.*)" "$iso_path"\nlinux /k findiso=$part'],
    ['by regexp with a blank', 'regexp --set 2:part "(.*)" "$iso_path"\nlinux /k findiso=$part'],
    ['in a loop', 'for f in "$iso_path"; do linux /k findiso=$f; done'],
    ['in the second entry only', 'menuentry a { linux /k }\nmenuentry b { linux /k findiso=$iso_path }'],
    ['with a kernel nobody can foresee', 'linux $dir/k findiso=$iso_path'],
    ['with a kernel in a known variable', 'set dir=/\nlinux ${dir}k findiso=$iso_path'], // eslint-disable-line no-template-curly-in-string -- GRUB's
  ])('%s', async (_, text) => {
    expect(await problemOf(text)).toBeUndefined();
  });

  test('archiso', async () => {
    const text = `search --no-floppy --set=archiso_img_dev --file "${ISO_PATH}"
probe --set archiso_img_dev_uuid --fs-uuid "$archiso_img_dev"
menuentry "Arch Linux" --class arch {
    set gfxpayload=keep
    linux /k archisobasedir=arch img_dev=UUID=$archiso_img_dev_uuid img_loop="${ISO_PATH}"
}`;
    expect(await problemOf(text)).toBeUndefined();
  });

  test.each([
    ['source', 'source /boot/grub2/grub.cfg', 'linux ($root)/k $isoboot'],
    ['.', '. ($root)/boot/grub2/grub.cfg', 'linux /k $isoboot'],
    ['a known variable', 'set f=/boot/grub2\nsource $f/grub.cfg', 'linux /k $isoboot'],
    ['configfile', 'configfile /boot/grub2/grub.cfg', 'linux /k findiso=$iso_path'],
    ['configfile and an export', 'export isoboot\nconfigfile /boot/grub2/grub.cfg', 'linux /k $isoboot'],
  ])('through another file by %s', async (_, first, second) => {
    const text = `set isoboot=iso-scan/filename=$iso_path\n${first}`;
    expect(await problemOf(text, { '/boot/grub2/grub.cfg': second })).toBeUndefined();
  });
});

describe('menus that do not work', () => {
  test.each([
    ['no use of it (Linux Mint 21.3)', 'menuentry "A" { linux /k boot=casper quiet splash -- }', /where the ISO is/],
    ['only in an echo', 'echo $iso_path\nlinux /k quiet', /where the ISO is/],
    ['only in a comment', '# linux /k findiso=$iso_path\nlinux /k', /where the ISO is/],
    ['in single quotes', "linux /k 'findiso=$iso_path'", /where the ISO is/],
    ['escaped', 'linux /k findiso=\\$iso_path', /where the ISO is/],
    ['as a name alone', 'linux /k findiso=iso_path', /where the ISO is/],
    ['as part of a longer name', 'linux /k findiso=$iso_path_x', /where the ISO is/],
    ['as the kernel', 'linux $iso_path quiet', /where the ISO is/],
    ['overwritten', 'set iso_path=/fixed.iso\nlinux /k findiso=$iso_path', /where the ISO is/],
    ['unset', 'unset iso_path\nlinux /k findiso=$iso_path', /where the ISO is/],
    ['in a variable that is overwritten', 'set a=$iso_path\nset a=no\nlinux /k $a', /where the ISO is/],
    ['a search for the device only', 'search --set=d --file $iso_path\nlinux /k root=$d', /where the ISO is/],
    ['only in the initrd line', 'linux /k\ninitrd $iso_path', /where the ISO is/],
    ['no kernel', 'menuentry a { chainloader $iso_path }', /no kernel/],
    ['nothing', '', /no kernel/],
    ['a kernel that is not there', 'linux /none findiso=$iso_path', /\/none, which is not there/],
    ['a file that is not there', 'source /boot/grub/none.cfg', /none\.cfg, which cannot be read/],
  ])('%s', async (_, text, reason) => {
    expect(await problemOf(text)).toMatch(reason);
  });

  test('a configfile does not see what was not exported', async () => {
    const text = 'set isoboot=findiso=$iso_path\nconfigfile /boot/grub/b.cfg';
    expect(await problemOf(text, { '/boot/grub/b.cfg': 'linux /k $isoboot' })).toMatch(/where the ISO is/);
  });
});

describe('menus made to harm', () => {
  test('may read themselves and each other', async () => {
    const text = `source ${CONFIG}\nsource /a.cfg\nconfigfile /a.cfg`;
    const others = { '/a.cfg': `source /b.cfg\nsource ${CONFIG}`, '/b.cfg': 'source /a.cfg\n. /b.cfg' };
    expect(await problemOf(text, others)).toBeDefined();
    const sound = { ...others, '/b.cfg': `${others['/b.cfg']}\nlinux /k findiso=$iso_path` };
    expect(await problemOf(text, sound)).toBeUndefined();
  });

  test('may spread over ever more files', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [
        `/${index}.cfg`,
        Array.from({ length: 20 }, (_each, next) => `source /${index * 2 + next + 1}.cfg`).join('\n'),
      ]),
    );
    expect(await problemOf('source /0.cfg', files)).toBeDefined();
  });

  test('may be larger than any menu', async () => {
    expect(await problemOf('linux /k findiso=$iso_path\n'.repeat(400_000))).toMatch(/cannot be read/);
  });

  test('may double a variable again and again', async () => {
    const text = `set a=/aaaaaaaa\n${'set a=$a$a$a$a\nsource $a\n'.repeat(5000)}`;
    expect(await problemOf(text)).toBeDefined();
    expect(await problemOf(`set a=/${'x'.repeat(4000)}\nsource ${'$a'.repeat(50_000)}`)).toBeDefined();
  });

  test('may nest without end', async () => {
    expect(await problemOf('if { '.repeat(20_000))).toBeDefined();
    expect(await problemOf(`${'menuentry a {\n'.repeat(5000)} linux /k findiso=$iso_path`)).toBeUndefined();
  });

  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        'linux /k ',
        'set ',
        'a=',
        'b=$a',
        '$iso_path',
        '${',
        '}',
        '{',
        '"',
        "'",
        '\\',
        '\n',
        ';',
        'if ',
        'fi',
        'for ',
      ],
      ...[
        'source ',
        'configfile ',
        CONFIG,
        '/b.cfg',
        'export ',
        'unset ',
        'regexp --set=1:a ',
        '(',
        '($root)',
        ' ',
        '#',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  const script = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

  test('come to an end without a failure, whatever they say', async () => {
    await fc.assert(
      fc.asyncProperty(script, script, async (text, other) => {
        const problem = await problemOf(text, { '/b.cfg': other });
        expect(problem === undefined || problem.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('without the variable are never sound', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (text) => {
        expect(await problemOf(text.replaceAll('iso_path', 'other'))).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});
