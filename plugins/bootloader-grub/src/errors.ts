/** Errors of the GRUB plugin. */
export const GRUB_ERRORS = {
  platformMissing: {
    code: 'GRUB_PLATFORM_MISSING',
    category: 'missing-tool',
    message: 'GRUB for {firmware} is not installed: there is no folder {format} in {searched}.',
    hint: 'Install it; on Debian and Ubuntu: apt-get install {package}',
  },
  moduleMissing: {
    code: 'GRUB_MODULE_MISSING',
    category: 'missing-tool',
    message: 'GRUB in {folder} lacks what a stick needs: {modules}.',
    hint: 'Reinstall GRUB; on Debian and Ubuntu: apt-get install --reinstall {package}',
  },
  bootImageInvalid: {
    code: 'GRUB_BOOT_IMAGE_INVALID',
    category: 'system',
    message: "GRUB's {image} is not what its format asks for: {problem}.",
    hint: 'Reinstall GRUB; on Debian and Ubuntu: apt-get install --reinstall grub-pc-bin',
  },
  coreTooLarge: {
    code: 'GRUB_CORE_TOO_LARGE',
    category: 'space',
    message: "GRUB's core image needs {needed} sectors, but the BIOS boot partition has {available}.",
    hint: 'Make the BIOS boot partition larger, or use a GRUB with smaller modules.',
  },
  argumentUnsupported: {
    code: 'GRUB_ARGUMENT_UNSUPPORTED',
    category: 'bad-input',
    message: 'Menu item {id}: GRUB cannot pass the kernel argument {argument} unchanged.',
    hint: 'Change the recipe: GRUB adds a backslash before quotes and backslashes. An ISO can be named by UUID instead of label.',
  },
  scriptInvalid: {
    code: 'GRUB_SCRIPT_INVALID',
    category: 'internal',
    message: 'GRUB rejects the generated {file}: {problem}',
    hint: 'Please report this with the names of the images; nothing was written.',
  },
} as const;
