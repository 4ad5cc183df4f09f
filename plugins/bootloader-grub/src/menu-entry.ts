import {
  failure,
  FIRMWARES,
  type DataFilesystem,
  type Firmware,
  type LinuxEntry,
  type MenuItem,
  type WatchedFailure,
} from '@loopstick/core';

import { quote } from './escape.ts';
import { GRUB_ERRORS } from './errors.ts';

/** The data partition, as far as entries care. */
export interface DataPartition {
  readonly filesystem: DataFilesystem;
  readonly uuid: string;
}

const FILESYSTEM_NAMES: Readonly<Record<DataFilesystem, string>> = { ext4: 'ext4', exfat: 'exFAT' };

/**
 * One item of the menu. Where it cannot work it is still there, with the reason behind its title: what vanishes
 * silently looks like a broken stick. Of the conditions, `secureBoot` needs no look: this GRUB is not signed, so with
 * Secure Boot on no firmware would have come this far.
 * @throws LoopstickError GRUB_ARGUMENT_UNSUPPORTED
 */
export function renderItem(item: MenuItem, data: DataPartition): string {
  const { firmware, dataFilesystem } = item.entry.conditions;
  if (dataFilesystem !== undefined && !dataFilesystem.includes(data.filesystem)) {
    const wanted = dataFilesystem.map((each) => FILESYSTEM_NAMES[each]).join(' or ');
    const reason = `This system finds its ISO on ${wanted} only; the data partition of this stick is ${FILESYSTEM_NAMES[data.filesystem]}.`;
    return unsuitable(item, 'filesystem', `needs ${wanted}`, reason);
  }
  const working = menuentry(item.title, item.id, body(item, data));
  if (firmware === undefined || FIRMWARES.every((each) => firmware.includes(each))) return working;
  const test = FIRMWARES.filter((each) => firmware.includes(each)).map((each) => `"$loopstick_firmware" = ${each}`);
  const wanted = firmwareNames(firmware);
  const reason = `This entry needs ${wanted}, and this machine was not started that way.`;
  return [
    `if [ ${test.join(' -o ')} ]; then`,
    `${working}else`,
    `${unsuitable(item, 'firmware', `needs ${wanted}`, reason)}fi`,
    '',
  ].join('\n');
}

/** A menu entry; the lines of its body are complete commands. */
export function menuentry(title: string, id: string, lines: readonly string[]): string {
  return [`menuentry ${quote(title)} --id ${quote(id)} {`, ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
}

function unsuitable(item: MenuItem, what: WatchedFailure, suffix: string, reason: string): string {
  const words = [quote(item.id), what, quote(reason)];
  return menuentry(`${item.title} (${suffix})`, item.id, [`loopstick_unsuitable ${words.join(' ')}`]);
}

function body(item: MenuItem, data: DataPartition): readonly string[] {
  const id = quote(item.id);
  return [
    `loopstick_begin ${id} ${quote(item.title)}`,
    `if loopstick_open ${id} ${quote(item.isoPath)} ${quote(data.uuid)}; then`,
    ...(item.entry.type === 'linux' ? linux(item, item.entry) : isoMenu(id, item.entry.config)).map(
      (line) => `  ${line}`,
    ),
    'fi',
  ];
}

function linux(item: MenuItem, entry: LinuxEntry): readonly string[] {
  const id = quote(item.id);
  for (const argument of [...entry.args, ...entry.serialArgs]) checkArgument(item.id, argument);
  const command = ['linux', inIso(entry.kernel), ...entry.args.map(quote)].join(' ');
  const watched = [command, ...entry.serialArgs.map(quote)].join(' ');
  const start =
    entry.initrds.length === 0
      ? [`loopstick_boot ${id}`]
      : [
          'echo "Loading the initial ramdisk"',
          `if initrd ${entry.initrds.map(inIso).join(' ')}; then`,
          `  loopstick_boot ${id}`,
          'else',
          `  ${failed(id, 'initrd', 'The initial ramdisk could not be loaded, so the system is not started.')}`,
          '  loopstick_unload',
          'fi',
        ];
  return [
    'echo "Loading the kernel"',
    'if [ "$loopstick_watched" = yes ]; then',
    `  ${watched}`,
    'else',
    `  ${command}`,
    'fi',
    'if [ "$?" = 0 ]; then',
    ...start.map((line) => `  ${line}`),
    'else',
    `  ${failed(id, 'kernel', 'The kernel could not be loaded.')}`,
    'fi',
  ];
}

// `configfile` of a file that is not there shows an empty screen and reports success, hence the test.
function isoMenu(id: string, config: string): readonly string[] {
  return [
    `if [ -f ${inIso(config)} ]; then`,
    `  configfile ${inIso(config)}`,
    'else',
    `  ${failed(id, 'menu', 'The menu of this ISO could not be read.')}`,
    'fi',
  ];
}

const failed = (id: string, what: WatchedFailure, reason: string): string =>
  `loopstick_failed ${id} ${what} ${quote(reason)}`;

const inIso = (path: string): string => quote(`(loop)${path}`);

/**
 * GRUB quotes the kernel's arguments once more, in a way that no kernel reads: it puts a backslash before quotes and
 * backslashes (grub-core/lib/cmdline.c). Fedora's and newer GRUBs spare the `\xHH` of an escaped label, Debian's 2.06
 * does not, and which one made a stick must not decide whether it boots.
 */
function checkArgument(id: string, argument: string): void {
  if (/['"\\]/.test(argument)) throw failure(GRUB_ERRORS.argumentUnsupported, { id, argument });
}

function firmwareNames(wanted: readonly Firmware[]): string {
  const bios = wanted.includes('bios') ? ['BIOS'] : [];
  const x64 = wanted.includes('uefi-x64');
  const ia32 = wanted.includes('uefi-ia32');
  const uefi = x64 && ia32 ? ['UEFI'] : x64 ? ['64-bit UEFI'] : ia32 ? ['32-bit UEFI'] : [];
  return [...bios, ...uefi].join(' or ');
}
