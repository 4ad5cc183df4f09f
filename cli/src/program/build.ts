import type { Command } from 'commander';

import { accept, withMirrors, type Action } from './options.ts';

/** `loopstick build`. */
export function addBuild(program: Command, action: Action): void {
  action(
    withMirrors(program.command('build'))
      .description('make a stick: download, verify, write, read back')
      .argument('<images...>', 'images of the catalog (ubuntu, fedora@42) and ISO files (./any.iso)')
      .option('-o, --output <file>', 'the image file to make')
      .option('--device <device>', 'the USB stick to write to; everything on it is erased')
      .option('--device-serial <serial>', 'the serial number that the device must have')
      .option('--size <size>', 'size of the image file, such as 16G (default: as large as needed)')
      .option('--bootloader <name>', 'what starts the images; "loopstick stick bootloaders" lists them (default: grub)')
      .option('--title <text>', 'title of the menu (default: Loopstick)')
      .option('--force', 'replace an image file that exists')
      .option('-y, --yes', 'do not ask; with --device this needs --device-serial too')
      .option('--lock <file>', 'a lock file: written when it is new, otherwise exactly what it says is built')
      .addOption(accept()),
    async () => (await import('../commands/build.ts')).build,
  );
}
