import { ownStarts, type IsoContents, type LinuxEntry, type Recognition } from '@loopstick/core';

import { readRelease, type Release } from './release.ts';

const KERNEL = '/linux';
const INITRD = '/initrd.gz';
const DISC = /^\/install\.[a-z0-9]+\/(vmlinuz|gtk\/vmlinuz)$/;

/**
 * Debian's installer. The network installer (mini.iso) fetches everything and so needs no ISO once it runs. The one on
 * CDs and DVDs looks for a disc: only the separate "hd-media" initrd knows how to find an ISO file
 * (Debian installation guide, appendix on iso-scan).
 */
export async function recogniseInstaller(
  iso: IsoContents,
  signal: AbortSignal,
): Promise<Recognition | { rejected: string } | undefined> {
  if (iso.has(KERNEL) && iso.has(INITRD)) return networkInstaller(iso, signal);
  if (!iso.list('/').some((path) => DISC.test(path))) return undefined;
  return {
    rejected:
      'the Debian installer on a CD or DVD image looks for a disc and cannot find its ISO file on a stick; ' +
      'use the network installer (mini.iso) or a live image',
  };
}

async function networkInstaller(iso: IsoContents, signal: AbortSignal): Promise<Recognition | undefined> {
  const starts = (await ownStarts(iso, signal)).filter(({ kernel }) => kernel === KERNEL);
  // Questions of debconf are answered on the command line of this installer and of no other.
  if (!starts.some(({ args }) => args.some((each) => QUESTION.test(each)))) return undefined;
  const release = await readRelease(iso, signal);
  const title = `${release.name ?? 'Debian'} network installer`;
  return {
    distribution: release.debian ? 'debian' : undefined,
    version: release.version,
    title,
    kind: 'installer',
    entries: [
      entry(release, 'install', `${title} (install)`, ['---', 'quiet']),
      entry(release, 'expert', `${title} (expert)`, ['priority=low', '---']),
      entry(release, 'rescue', `${title} (rescue)`, ['rescue/enable=true', '---', 'quiet']),
    ],
    notes: ['It fetches what it installs, so the machine has to be connected to a network.'],
  };
}

const QUESTION = /^(rescue\/enable=true|priority=(low|critical))$/;

function entry(release: Release, id: string, title: string, args: string[]): LinuxEntry {
  return {
    type: 'linux',
    id,
    title,
    kernel: KERNEL,
    initrds: [INITRD],
    args,
    serialArgs: ['console=ttyS0,115200', 'ignore_loglevel'],
    conditions: release.debian ? { secureBoot: 'signed' } : {},
    // The first thing that the installer's own init starts.
    markers: { userland: ['Starting system log daemon'] },
  };
}
