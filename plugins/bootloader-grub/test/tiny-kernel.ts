/**
 * A Linux kernel as far as a bootloader can tell (Documentation/arch/x86/boot.rst, protocol 2.10): it writes its command
 * line to the first serial port and turns QEMU's machine off. Thus a boot test needs no distribution's kernel.
 */
export function tinyKernel(): Uint8Array {
  const setupSectors = 4;
  const image = Buffer.alloc((1 + setupSectors) * 512 + 512);
  image.writeUInt8(setupSectors, 0x1f1);
  image.writeUInt32LE(512 / 16, 0x1f4); // syssize: what follows the setup, in paragraphs
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('\xeb\x66HdrS', 0x200, 'latin1');
  image.writeUInt16LE(0x020a, 0x206); // protocol version
  image.writeUInt8(0x01, 0x211); // loadflags: LOADED_HIGH
  image.writeUInt32LE(0x10_0000, 0x214); // code32_start
  image.writeUInt32LE(0x37ff_ffff, 0x22c); // initrd_addr_max
  image.writeUInt32LE(0x1000, 0x230); // kernel_alignment
  image.writeUInt8(1, 0x234); // relocatable_kernel
  image.writeUInt8(12, 0x235); // min_alignment: 2 ** 12
  image.writeUInt32LE(2047, 0x238); // cmdline_size
  image.writeUInt32LE(0x10_0000, 0x258); // pref_address
  image.writeUInt32LE(0x1_0000, 0x260); // init_size
  image.set(CODE, (1 + setupSectors) * 512);
  return image;
}

// 32-bit code that runs wherever it was put; esi points to the boot parameters.
const CODE = [
  ...[0x8b, 0x9e, 0x28, 0x02, 0x00, 0x00], //     mov ebx, [esi + 0x228]   cmd_line_ptr
  ...[0x8a, 0x23], //                       next: mov ah, [ebx]
  ...[0x84, 0xe4], //                             test ah, ah
  ...[0x75, 0x02], //                             jnz put
  ...[0xb4, 0x0a], //                             mov ah, '\n'             the last one
  ...[0x66, 0xba, 0xfd, 0x03], //            put: mov dx, 0x3fd
  ...[0xec], //                             wait: in al, dx
  ...[0xa8, 0x20], //                             test al, 0x20            transmitter empty
  ...[0x74, 0xfb], //                             jz wait
  ...[0x66, 0xba, 0xf8, 0x03], //                 mov dx, 0x3f8
  ...[0x88, 0xe0], //                             mov al, ah
  ...[0xee], //                                   out dx, al
  ...[0x8a, 0x03], //                             mov al, [ebx]
  ...[0x43], //                                   inc ebx
  ...[0x84, 0xc0], //                             test al, al
  ...[0x75, 0xe1], //                             jnz next
  ...[0x66, 0xba, 0x04, 0x06], //                 mov dx, 0x604            power management of QEMU's machines
  ...[0x66, 0xb8, 0x00, 0x20], //                 mov ax, 0x2000
  ...[0x66, 0xef], //                             out dx, ax
  ...[0xf4], //                             stop: hlt
  ...[0xeb, 0xfd], //                             jmp stop
];
