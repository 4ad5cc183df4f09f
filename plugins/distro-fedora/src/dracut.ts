import { ownStarts, udevEncode, type IsoContents, type LinuxEntry, type Recognition } from '@loopstick/core';

import { findLayout, type Layout } from './layout.ts';
import { parseVolume, type Volume } from './volume.ts';

/**
 * Live systems on dracut's dmsquash-live and installers on Anaconda: Fedora, the Enterprise Linux family and others
 * built the same way. Both find the ISO file through dracut's iso-scan, and in it their root by the volume's label.
 */
export async function recogniseDracut(
  iso: IsoContents,
  signal: AbortSignal,
): Promise<Recognition | { rejected: string } | undefined> {
  const layout = findLayout(iso, await ownStarts(iso, signal));
  if (layout === undefined) return undefined;
  const name = volumeName(iso, layout.kind === 'live' ? 'CDLABEL' : 'LABEL');
  if (name === undefined) return { rejected: 'its volume has no label by which its initrd could find it' };
  const volume = parseVolume(iso.label);
  return {
    distribution: volume.fedora ? 'fedora' : undefined,
    version: volume.version,
    title: volume.title,
    kind: layout.kind,
    entries: layout.kind === 'live' ? liveEntries(layout, volume, name) : installerEntries(layout, volume, name),
    notes: ['The stick stays in use while the system runs from it, so it cannot be the disk to install to.'],
  };
}

/**
 * What the initrd finds the volume by. A label that needs escapes comes neither through dracut's scripts (see
 * udevEncode) nor through GRUB 2.06, which doubles each backslash.
 */
function volumeName({ label, uuid }: IsoContents, key: 'CDLABEL' | 'LABEL'): string | undefined {
  if (label !== '' && udevEncode(label) === label) return `${key}={iso_label}`;
  return uuid === undefined ? undefined : `UUID=${uuid}`;
}

const ISO_SCAN = 'iso-scan/filename={iso_path}';

function liveEntries(layout: Layout, volume: Volume, name: string): LinuxEntry[] {
  const args = [`root=live:${name}`, 'rd.live.image', ISO_SCAN, ...extras(layout, ['quiet', 'rhgb'])];
  return [
    entry(layout, volume, 'live', 'live', args),
    entry(layout, volume, 'safe-graphics', 'live, safe graphics', [...args, 'nomodeset']),
  ];
}

function installerEntries(layout: Layout, volume: Volume, name: string): LinuxEntry[] {
  const args = [`inst.stage2=hd:${name}`, ISO_SCAN, ...extras(layout, ['quiet'])];
  return [
    entry(layout, volume, 'install', 'install', args),
    entry(layout, volume, 'safe-graphics', 'install, safe graphics', [...args, 'nomodeset']),
    entry(layout, volume, 'rescue', 'rescue', [...args, 'inst.rescue']),
  ];
}

// Set here, about another medium, or a check that reads the whole ISO: it was checked before it came onto the stick.
const SET_HERE = /^(root|inst\.stage2|inst\.repo|iso-scan\/filename|initrd|BOOT_IMAGE|console|vga|mediacheck)=/;
const UNWANTED = /^(rd\.live\.image|rd\.live\.check|nomodeset|inst\.(rescue|text))$/;

/** What the ISO's own menu has beyond that, such as where in it the root lies. */
function extras({ own }: Layout, otherwise: readonly string[]): readonly string[] {
  return own?.filter((each) => !SET_HERE.test(each) && !UNWANTED.test(each)) ?? otherwise;
}

function entry(layout: Layout, volume: Volume, id: string, what: string, args: string[]): LinuxEntry {
  return {
    type: 'linux',
    id,
    title: `${volume.title} (${what})`,
    kernel: layout.kernel,
    initrds: [layout.initrd],
    args,
    serialArgs: ['console=ttyS0,115200', 'ignore_loglevel', 'systemd.show_status=1'],
    conditions: volume.fedora ? { secureBoot: 'signed' } : {},
    // Said by dracut, and by systemd where that runs the initrd, when the root was found inside the ISO and takes over.
    // systemd's "Welcome to Fedora" proves less: an initrd says it too, before it has looked for the ISO.
    markers: { userland: ['Switching root'] },
  };
}
