import { oneLine } from '@loopstick/core';

/** What the volume label says: `Fedora-WS-Live-42`, `Fedora-S-dvd-x86_64-41`, `Rocky-9-4-x86_64-dvd`. */
export interface Volume {
  /** `Fedora Workstation 42`; the label itself for what is not Fedora's. */
  readonly title: string;
  readonly version: string | undefined;
  readonly fedora: boolean;
}

const FEDORA =
  /^Fedora-(?<variant>[A-Za-z_]+)-(?:Live|dvd|ostree)(?:-(?<arch>x86_64|aarch64))?-(?<version>\d+|rawh\w*)/;

/** Labels have 32 characters, so Fedora shortens the names of its editions. */
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ['WS', 'Workstation'],
  ['S', 'Server'],
  ['E', 'Everything'],
  ['SB', 'Silverblue'],
  ['Knt', 'Kinoite'],
  ['Cinn', 'Cinnamon'],
]);

export function parseVolume(label: string): Volume {
  const groups = FEDORA.exec(label)?.groups;
  if (groups === undefined) return { title: oneLine(label, 32) || 'Live system', version: undefined, fedora: false };
  const { variant = '', version = '' } = groups;
  const name = VARIANTS.get(variant) ?? variant.replaceAll('_', ' ');
  return { title: `Fedora ${name} ${version}`, version, fedora: true };
}
