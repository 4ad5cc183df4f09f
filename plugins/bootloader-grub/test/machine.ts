import { access, copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { watchedSmbios, type Firmware } from '@loopstick/core';

import { runner } from './request.ts';

/** Starts a stick in QEMU, watched. Gives the lines of its serial port until it is off or `until` is met by the text. */
export async function watch(
  image: string,
  firmware: Firmware,
  item: string | undefined,
  until: (text: string) => boolean,
  workDirectory: string,
): Promise<string[]> {
  let text = '';
  const stop = new AbortController();
  const args = [
    ...['-machine', `q35,accel=tcg${firmware === 'uefi-ia32' ? ',smm=on' : ''}`, '-m', '256', '-nodefaults'],
    ...['-vga', 'std', '-display', 'none', '-serial', 'stdio', '-no-reboot', '-smbios', watchedSmbios(item)],
    ...['-drive', `file=${image},format=raw,if=none,id=stick,snapshot=on`, '-device', 'ide-hd,drive=stick'],
    ...(await firmwareArgs(firmware, workDirectory)),
  ];
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(120_000)]);
  try {
    await runner.stream('qemu-system-x86_64', args, { signal }, async (stdout) => {
      stdout.setEncoding('utf8');
      for await (const chunk of stdout) {
        text += String(chunk);
        if (until(text)) stop.abort();
      }
    });
  } catch (error) {
    if (!stop.signal.aborted) throw new Error(`no answer from the machine; it said:\n${text}`, { cause: error });
  }
  return text.trimEnd().split('\n');
}

// Debian's and Ubuntu's files first, then Fedora's and Arch's.
const X64 = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
] as const;
const IA32 = [['/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd', '/usr/share/OVMF/OVMF32_VARS_4M.fd']] as const;

async function firmwareArgs(firmware: Firmware, workDirectory: string): Promise<string[]> {
  if (firmware === 'bios') return [];
  for (const [code, variables] of firmware === 'uefi-x64' ? X64 : IA32) {
    try {
      await access(code);
    } catch {
      continue;
    }
    const own = join(workDirectory, 'variables.fd');
    await copyFile(variables, own);
    return [
      ...['-drive', `if=pflash,format=raw,readonly=on,file=${code}`, '-drive', `if=pflash,format=raw,file=${own}`],
      // Debian's 32-bit firmware is built for Secure Boot, whose variables only system management mode may write.
      ...(firmware === 'uefi-ia32' ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ];
  }
  throw new Error(`no firmware for ${firmware}: install the packages ovmf and ovmf-ia32`);
}
