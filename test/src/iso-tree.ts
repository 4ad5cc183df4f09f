import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { execa } from 'execa';

/** The files of an ISO by path, without a leading slash. */
export type IsoTree = Readonly<Record<string, string | Uint8Array>>;

/** Makes a real ISO 9660 image with Rock Ridge names of these files, and gives back its path. */
export async function makeIso(
  iso: { readonly label: string; readonly files: IsoTree },
  output: string,
): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'loopstick-tree-'));
  try {
    for (const [path, content] of Object.entries(iso.files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), content);
    }
    // Native commands and not `-as mkisofs`: that one reads wildcards and escapes in names.
    const commands = ['-outdev', `stdio:${output}`, '-volid', iso.label, '-map', tree, '/'];
    await execa('xorriso', ['-no_rc', '-abort_on', 'FAILURE', ...commands], { stdin: 'ignore' });
    return output;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
