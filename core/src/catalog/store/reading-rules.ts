/** What a plugin reads its vendor by: whether that is still the same, and whose signatures count by it now. */
import { join } from 'node:path';

import { isLoopstickError } from '../../engine/errors.ts';
import type { PluginManifest } from '../../plugin/plugin-manifest.ts';
import { readRegularFile } from '../../engine/regular-file.ts';
import { sha256Of } from './sha256.ts';

type Rules = Pick<PluginManifest, 'id' | 'directory' | 'distribution' | 'entry' | 'permissions'>;

/**
 * SHA-256 over the files that a plugin reads by: its document, the keys that this names, and its entry. What else its
 * code loads only its version tells. A file that cannot be read counts as well, as one that is not there.
 */
export async function hashOfRules({ directory, distribution, entry }: Rules): Promise<string> {
  const contents = [await contentOf(entry), await contentOf(distribution)];
  for (const file of keyFiles(contents[1])) contents.push(await contentOf(join(directory, file)));
  return sha256Of(contents.map((content) => (content === undefined ? '-' : sha256Of(content))).join('\n'));
}

/** Whether a key may sign a list of this version. */
export type Pins = (fingerprint: string, version: string) => boolean;

/**
 * By the document of a plugin as it is now. Code names its keys while it reads, and a document that cannot be used names
 * none: what they have signed is to be read anew.
 */
export async function pinsOf({ id, directory, distribution, permissions: { hosts } }: Rules): Promise<Pins> {
  if (distribution === undefined) return () => false;
  try {
    // Most commands need it not: what was read by other rules than now is rare.
    const { loadDescription } = await import('../../distribution/load-description.ts');
    const { maySign } = await loadDescription({ id, directory, file: distribution, hosts });
    return maySign;
  } catch (error) {
    if (!isLoopstickError(error)) throw error;
    return () => false;
  }
}

async function contentOf(file: string | undefined): Promise<Buffer | undefined> {
  return file === undefined ? undefined : readRegularFile(file).catch(() => undefined);
}

/** As a document names them; whether it is a good one others say. */
function keyFiles(document: Buffer | undefined): string[] {
  try {
    const { keys } = JSON.parse(String(document)) as { readonly keys: readonly { readonly file: unknown }[] };
    return keys.map(({ file }) => file).filter((file) => typeof file === 'string');
  } catch {
    return [];
  }
}
