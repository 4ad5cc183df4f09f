import type { Bootloader, Plugin } from '@loopstick/core';

const systemdBoot: Bootloader = {
  name: 'systemd-boot',
  description: 'systemd-boot: UEFI only (without Secure Boot); kernels are copied out of the ISOs',
  plan: async (request) => {
    const { planSystemdBoot } = await import('./plan.ts');
    return planSystemdBoot(request);
  },
};

const plugin: Plugin = {
  id: 'bootloader-systemd-boot',
  register: (registrar) => {
    registrar.bootloader(systemdBoot);
  },
};

export default plugin;
