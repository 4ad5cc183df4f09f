import type { Firmware } from './boot-entry.ts';
import type { OpenIso } from './iso-reader.ts';

/** UEFI's machine types (UEFI specification 2.10, 2.1.1). */
const MACHINES: ReadonlyMap<number, Firmware> = new Map([
  [0x8664, 'uefi-x64'],
  [0x014c, 'uefi-ia32'],
]);
const EFI_APPLICATION = 10;
// Where a 64-bit kernel keeps its door for 32-bit firmware (Linux, arch/x86/boot/header.S, CONFIG_EFI_MIXED).
const MIXED_MODE = '.compat';

/**
 * The UEFI firmwares that take a file of an ISO for a program of theirs, as they do a Linux kernel with an EFI stub;
 * empty when it is none. It goes by the headers: "Microsoft Portable Executable and Common Object File Format".
 */
export async function efiStubOf(iso: OpenIso, path: string, signal: AbortSignal): Promise<Firmware[]> {
  for await (const head of iso.stream(path, signal)) return firmwaresOf(Buffer.from(head));
  return [];
}

/** @param head the first bytes of the file; headers that are not among them are none */
function firmwaresOf(head: Buffer): Firmware[] {
  const word = (at: number): number => (at + 2 <= head.length ? head.readUInt16LE(at) : 0);
  if (head.length < 0x40 || head.toString('latin1', 0, 2) !== 'MZ') return [];
  const header = head.readUInt32LE(0x3c);
  const optional = header + 24;
  if (head.toString('latin1', header, header + 4) !== 'PE\0\0' || word(optional + 68) !== EFI_APPLICATION) return [];
  const firmware = MACHINES.get(word(header + 4));
  if (firmware !== 'uefi-x64') return firmware === undefined ? [] : [firmware];
  const sections = optional + word(header + 20);
  const names = Array.from({ length: Math.min(word(header + 6), 96) }, (_, index) => {
    const start = sections + index * 40;
    return head.toString('latin1', start, start + 8).replace(/\0+$/, '');
  });
  return names.includes(MIXED_MODE) ? ['uefi-x64', 'uefi-ia32'] : ['uefi-x64'];
}
