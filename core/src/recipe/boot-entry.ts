import { z } from 'zod';

/**
 * Boot entries: what to start and how, as data. No bootloader's syntax is in it; a bootloader plugin renders it.
 *
 * Recipes write the arguments as templates. Three names in braces are known, and filled in when the ISO has its place
 * on a stick: `{iso_path}` (absolute path of the ISO on the data partition), `{data_uuid}` (UUID of the data
 * filesystem), `{iso_label}` (volume label of the ISO, encoded for udev as in /dev/disk/by-label).
 */

/** An absolute path inside an ISO: printable, without `..`, at most 255 characters. */
export const isoPathSchema: z.ZodType<string> = z
  .string()
  .max(255)
  .regex(/^(\/[^/\p{C}]+)+$/u, 'must be an absolute path of printable characters')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ".."');

// One kernel argument. The kernel splits its command line at white space and so would take a blank for two arguments.
const argumentSchema = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks');

export const FIRMWARES = ['bios', 'uefi-x64', 'uefi-ia32'] as const;
/** How a machine starts: PC BIOS, 64-bit UEFI, 32-bit UEFI. */
export type Firmware = (typeof FIRMWARES)[number];

export const DATA_FILESYSTEMS = ['ext4', 'exfat'] as const;
export type DataFilesystem = (typeof DATA_FILESYSTEMS)[number];

/** Under which circumstances an entry works. What is left out does not matter to it. */
export interface BootConditions {
  firmware?: Firmware[] | undefined;
  /** `unsigned`: no vendor's chain vouches for this kernel, so it does not start with Secure Boot on. */
  secureBoot?: 'signed' | 'unsigned' | undefined;
  /** The data filesystems on which the started system finds its ISO. */
  dataFilesystem?: DataFilesystem[] | undefined;
}

/** Texts that a serial console shows when the entry has come this far; any one of a list is proof. */
export interface BootMarkers {
  kernel?: string[] | undefined;
  userland?: string[] | undefined;
}

interface EntryCommon {
  /** Unique within one recognition: lower-case letters, digits, hyphens. */
  id: string;
  /** What the menu shows. */
  title: string;
  conditions: BootConditions;
  markers: BootMarkers;
}

/** Starts a kernel that lies inside the ISO. */
export interface LinuxEntry extends EntryCommon {
  type: 'linux';
  kernel: string;
  initrds: string[];
  args: string[];
  /** Arguments that send the kernel's messages to the first serial port, for a boot that a program watches. */
  serialArgs: string[];
}

/** Hands over to the menu that the ISO brings: its own loopback.cfg, with `iso_path` exported and the ISO as root. */
export interface IsoMenuEntry extends EntryCommon {
  type: 'iso-menu';
  config: string;
}

export type BootEntry = LinuxEntry | IsoMenuEntry;

/** Text that people see: nothing in it may move a cursor or turn the direction of writing. */
const line = (most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must be one line of printable characters');

const markerSchema = z.array(line(200).min(3)).min(1).max(8).optional();

const common = {
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(64),
  title: line(120).min(1),
  conditions: z
    .strictObject({
      firmware: z.array(z.enum(FIRMWARES)).min(1).optional(),
      secureBoot: z.enum(['signed', 'unsigned']).optional(),
      dataFilesystem: z.array(z.enum(DATA_FILESYSTEMS)).min(1).optional(),
    })
    .default({}),
  markers: z.strictObject({ kernel: markerSchema, userland: markerSchema }).default({}),
};

export const bootEntrySchema: z.ZodType<BootEntry, unknown> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('linux'),
    ...common,
    kernel: isoPathSchema,
    initrds: z.array(isoPathSchema).max(8),
    args: z.array(argumentSchema).max(64),
    serialArgs: z.array(argumentSchema).max(8).default(['console=ttyS0,115200', 'ignore_loglevel']),
  }),
  z.strictObject({ type: z.literal('iso-menu'), ...common, config: isoPathSchema }),
]);

export const IMAGE_KINDS = ['live', 'installer', 'tool'] as const;
/** What an image is for: to try a system, to install one, or to look after a machine. */
export type ImageKind = (typeof IMAGE_KINDS)[number];

/** What a recipe says of an ISO that it knows. */
export const recognitionSchema: z.ZodType<Recognition, unknown> = z.strictObject({
  /** The catalog's id of the distribution, when the recipe can tell. */
  distribution: line(64).optional(),
  version: line(64).optional(),
  /** What a person calls this ISO. */
  title: line(120).min(1),
  kind: z.enum(IMAGE_KINDS),
  entries: z.array(bootEntrySchema).min(1).max(16),
  /** Remarks for a person, such as what will not work. */
  notes: z.array(line(300)).max(16).default([]),
});

export interface Recognition {
  distribution?: string | undefined;
  version?: string | undefined;
  title: string;
  kind: ImageKind;
  entries: BootEntry[];
  notes: string[];
}

/** Where an ISO lies on a stick. */
export interface Placement {
  /** Absolute path on the data partition; only letters, digits, `/`, `.`, `_` and `-`. */
  readonly isoPath: string;
  readonly dataUuid: string;
  /** The ISO's volume label, as it is. */
  readonly isoLabel: string;
}

/** The entry with its templates filled in. */
export function placeEntry(entry: BootEntry, placement: Placement): BootEntry {
  if (entry.type !== 'linux') return entry;
  const values: Readonly<Record<string, string>> = {
    iso_path: placement.isoPath,
    data_uuid: placement.dataUuid,
    iso_label: udevEncode(placement.isoLabel),
  };
  const fill = (argument: string): string =>
    argument.replace(/\{(iso_path|data_uuid|iso_label)\}/g, (_, name: string) => values[name] ?? '');
  return { ...entry, args: entry.args.map(fill) };
}

/**
 * A label as udev writes it in /dev/disk/by-label (libblkid's blkid_encode_string): ASCII outside a safe set becomes
 * `\xHH`, valid UTF-8 beyond ASCII stays. Anaconda's `hd:LABEL=` takes that name as it is. dracut's `root=live:CDLABEL=`
 * does so in theory, but hands the name on through a shell that takes the backslash away (seen with dracut 059), so a
 * live system whose label this function changes has to be named by its UUID.
 */
export function udevEncode(label: string): string {
  return label.replace(
    /[^0-9A-Za-z#+\-.:=@_\u{80}-\u{10ffff}]/gu,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
