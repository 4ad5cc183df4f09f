/** Ada's distribution: a vendor with a release, and a community plugin for it, both made here as people make them. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { createMessage, generateKey, sign } from 'openpgp';

import { LIVE_ROOT_MARKER } from '../inputs/live-root.ts';
import { makeIso } from '../iso-tree.ts';

/** What signs the vendor's list. */
interface VendorKey {
  readonly fingerprint: string;
  readonly armoured: string;
}

/** Before any day on which tests are run. */
const MADE = new Date('2026-01-01T00:00:00Z');

/**
 * An ISO with a layout that no bundled recipe knows, which boots to what the root of the Fedora-like inputs prints.
 * @param live one of those
 */
async function makeAdaIso(live: string, output: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-ada-'));
  try {
    const parts = {
      'live/vmlinuz': '/boot/x86_64/loader/linux',
      'live/initrd.img': '/boot/x86_64/loader/initrd',
      'LiveOS/squashfs.img': '/LiveOS/squashfs.img',
    };
    const names = Object.entries(parts).map(([path, from]) => ({
      path,
      from,
      copy: join(folder, path.replace('/', '-')),
    }));
    const extract = names.flatMap(({ from, copy }) => ['-extract', from, copy]);
    await execa('xorriso', ['-no_rc', '-osirrox', 'on', '-indev', live, ...extract], { stdin: 'ignore' });
    const files = await Promise.all(names.map(async ({ path, copy }) => [path, await readFile(copy)] as const));
    return await makeIso({ label: 'ADA', files: { ...Object.fromEntries(files), 'ada-release': 'ada 1.1\n' } }, output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Fills a folder that a web server shows: `releases/1.1/` with an ISO, its checksum, and a signature of that. */
export async function makeAdaSite(folder: string, live: string): Promise<VendorKey> {
  const release = join(folder, 'releases/1.1');
  await mkdir(release, { recursive: true });
  const iso = await makeAdaIso(live, join(release, 'ada-1.1-x86_64.iso'));
  const sums = `${createHash('sha256')
    .update(await readFile(iso))
    .digest('hex')}  ada-1.1-x86_64.iso\n`;
  await writeFile(join(release, 'SHA256SUMS'), sums);
  const { privateKey } = await generateKey({ userIDs: [{ name: 'Ada' }], format: 'object', date: MADE });
  const message = await createMessage({ binary: new TextEncoder().encode(sums) });
  const signature: unknown = await sign({ message, signingKeys: privateKey, detached: true });
  await writeFile(join(release, 'SHA256SUMS.gpg'), String(signature));
  const publicKey = privateKey.toPublic();
  return { fingerprint: publicKey.getFingerprint().toUpperCase(), armoured: publicKey.armor() };
}

/**
 * Makes of a project as `loopstick plugin create distro-ada --kind distro --data` leaves it the plugin for Ada's site.
 * @param site its address, with "/" at the end
 */
export async function finishAdaPlugin(project: string, site: string, key: VendorKey): Promise<void> {
  await edit(join(project, 'package.json'), {
    '"downloads.example.org"': JSON.stringify(new URL(site).hostname),
  });
  await edit(join(project, 'distribution.json'), {
    'https://downloads.example.org/': site,
    '"lists":': `"keys": [${JSON.stringify(key)}],\n  "lists":`,
    '"{folder}SHA256SUMS" }':
      '"{folder}SHA256SUMS", "signature": { "form": "detached", "url": "{folder}SHA256SUMS.gpg" } }',
    '["boot=live", "findiso={iso_path}"]': `["root=live:{iso_volume}", "rd.live.image", "iso-scan/filename={iso_path}"],
          "markers": { "userland": ["${LIVE_ROOT_MARKER}"] }`,
  });
}

async function edit(file: string, changes: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(file, 'utf8');
  for (const [from, to] of Object.entries(changes)) text = text.replaceAll(from, to);
  await writeFile(file, text);
}
