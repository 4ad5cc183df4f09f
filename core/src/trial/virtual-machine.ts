import { access, constants, copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failure } from '../engine/errors.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { Runner } from '../engine/run.ts';
import { plainLink } from '../stick/work.ts';

export const QEMU = 'qemu-system-x86_64';

export interface MachineOptions {
  /** Image file or device; it is not changed: writes go to a temporary overlay. */
  readonly stick: string;
  readonly firmware: 'bios' | 'uefi-x64';
  /** Bytes. */
  readonly memory: number;
  /** Value of `-smbios`, for a watched boot. */
  readonly smbios?: string;
  /** A folder for the firmware's variables. */
  readonly workDirectory: string;
}

/** Pairs of UEFI code and variables, in the places where distributions put them. */
const UEFI_FIRMWARE = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
  ['/usr/share/qemu/ovmf-x86_64-code.bin', '/usr/share/qemu/ovmf-x86_64-vars.bin'],
  ['/opt/homebrew/share/qemu/edk2-x86_64-code.fd', '/opt/homebrew/share/qemu/edk2-i386-vars.fd'],
  ['/usr/local/share/qemu/edk2-x86_64-code.fd', '/usr/local/share/qemu/edk2-i386-vars.fd'],
] as const;

/**
 * The arguments for QEMU that start a machine from the stick, as from a USB stick.
 * @throws LoopstickError TOOL_MISSING when there is no UEFI firmware
 */
export async function machineArguments(
  options: MachineOptions,
  runner: Runner,
  signal: AbortSignal,
): Promise<string[]> {
  const accelerator = (await kvmWorks(runner, signal)) ? 'kvm' : 'tcg';
  const args = ['-machine', 'q35', '-accel', accelerator, '-cpu', 'max', '-no-reboot', '-nodefaults'];
  args.push('-name', 'loopstick', '-m', `${Math.floor(options.memory / (1024 * 1024))}M`, '-vga', 'std');
  if (options.smbios !== undefined) args.push('-smbios', options.smbios);
  if (options.firmware === 'uefi-x64') args.push(...(await uefiArguments(options.workDirectory)));
  // In QEMU's option syntax a comma inside a value is doubled; the link spares the rest of a name.
  const file = (await plainLink(options.stick, options.workDirectory)).replaceAll(',', ',,');
  args.push('-drive', `file=${file},format=raw,if=none,id=stick,snapshot=on,file.locking=off`);
  args.push('-device', 'qemu-xhci', '-device', 'usb-storage,drive=stick,removable=on,bootindex=1');
  args.push('-device', 'usb-kbd');
  return args;
}

/**
 * Whether hardware virtualisation can be used. A device that may be opened does not say so: inside some virtual
 * machines QEMU aborts as soon as it sets up a processor, so it is asked to set one up, and to end.
 */
async function kvmWorks(runner: Runner, signal: AbortSignal): Promise<boolean> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    const args = ['-machine', 'q35', '-accel', 'kvm', '-cpu', 'max', '-nodefaults', '-display', 'none', '-S'];
    await runner.run(QEMU, [...args, '-monitor', 'stdio'], { signal, input: 'quit\n' });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function uefiArguments(workDirectory: string): Promise<string[]> {
  for (const [code, variables] of UEFI_FIRMWARE) {
    const there = await Promise.all([code, variables].map((file) => access(file))).then(
      () => true,
      () => false,
    );
    if (!there) continue;
    const copy = join(workDirectory, 'uefi-variables.fd');
    await copyFile(variables, copy);
    return [
      ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${code}`],
      ...['-drive', `if=pflash,unit=1,format=raw,file=${copy.replaceAll(',', ',,')}`],
    ];
  }
  throw failure(ENGINE_ERRORS.toolMissing, { tool: 'UEFI firmware for QEMU' });
}
