import type { Bootloader, Plugin } from '@loopstick/core';

const grub: Bootloader = {
  name: 'grub',
  description: 'GRUB 2: PC BIOS, 64-bit and 32-bit UEFI (without Secure Boot)',
  plan: async (request) => {
    const { planGrub } = await import('./plan.ts');
    return planGrub(request);
  },
};

const plugin: Plugin = {
  id: 'bootloader-grub',
  register: (registrar) => {
    registrar.bootloader(grub);
  },
};

export default plugin;
