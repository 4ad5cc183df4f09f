import type { Command } from 'commander';

import type { Action } from './options.ts';

/** `loopstick stick`, `boot`, `devices` and `inspect`. */
export function addStick(program: Command, action: Action): void {
  const stick = program.command('stick').description('look at a stick, and at what can start it');
  action(
    stick.command('list').description('list what is on a stick').argument('<stick>', 'an image file or a device'),
    async () => (await import('../commands/stick.ts')).stickList,
  );
  action(
    stick
      .command('verify')
      .description('read everything on a stick and compare it with its manifest')
      .argument('<stick>', 'an image file or a device'),
    async () => (await import('../commands/stick.ts')).stickVerify,
  );
  action(
    stick.command('bootloaders').description('list what can start the images of a stick'),
    async () => (await import('../commands/stick.ts')).stickBootloaders,
  );

  action(
    program
      .command('boot')
      .description('try a stick in QEMU; the stick is not changed')
      .argument('<stick>', 'an image file or a device')
      .option('--uefi', 'start by UEFI instead of BIOS')
      .option('--entry <id...>', 'only this entry, by its id or the beginning of its title')
      .option('--check', 'start each entry, follow its serial console, say how far it comes')
      .option('--expect <text>', 'with --check: the text on the serial console that proves the userland')
      .option('--timeout <seconds>', 'with --check: how long one entry may take', '180')
      .option('--screenshot <file>', 'save a picture of the menu as PNG')
      .option('--memory <size>', 'memory of the virtual machine', '2G'),
    async () => (await import('../commands/boot.ts')).boot,
  );
  action(
    program
      .command('devices')
      .description('list the disks on which a stick can be made')
      .option('--all', 'all disks, and why not'),
    async () => (await import('../commands/devices.ts')).devices,
  );
  action(
    program
      .command('inspect')
      .description('look inside an ISO: what it is, which recipe knows it, which entries it gives')
      .argument('<file>', 'an ISO file')
      .option('--files', 'list the files inside, too'),
    async () => (await import('../commands/inspect.ts')).inspect,
  );
}
