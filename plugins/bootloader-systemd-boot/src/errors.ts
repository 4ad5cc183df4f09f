/** Errors of the systemd-boot plugin. */
export const SYSTEMD_BOOT_ERRORS = {
  missing: {
    code: 'SYSTEMD_BOOT_MISSING',
    category: 'missing-tool',
    message: 'systemd-boot for 64-bit UEFI is not installed: there is no file {file}.',
    hint: 'Install it; on Debian and Ubuntu: apt-get install systemd-boot-efi',
  },
  invalid: {
    code: 'SYSTEMD_BOOT_INVALID',
    category: 'system',
    message: '{file} is no program for UEFI.',
    hint: 'Reinstall it; on Debian and Ubuntu: apt-get install --reinstall systemd-boot-efi',
  },
} as const;
