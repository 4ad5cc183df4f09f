import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SOURCE_DATE_EPOCH, type Shop } from './shop.ts';

/** Writes text files below a folder, making the folders they lie in. */
export async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}

/** Makes an ISO 9660 image with Rock Ridge and Joliet names of a folder, owned by root and dated alike throughout. */
export async function writeIso(
  shop: Shop,
  iso: { readonly tree: string; readonly label: string; readonly output: string },
): Promise<void> {
  const date = `=${SOURCE_DATE_EPOCH}`;
  const arguments_ = ['-r', '-J', '-V', iso.label, '--set_all_file_dates', date, '-o', iso.output, iso.tree];
  await shop.run('xorriso', ['-as', 'mkisofs', ...arguments_]);
}
