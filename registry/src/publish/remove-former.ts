import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { hashedName } from '../tuf/roles.ts';
import type { RegistryFolder } from './registry-folder.ts';

/** So many former versions stay, for readers that have begun with one of them. */
const KEPT_VERSIONS = 10;

const targetsSchema = z.object({
  signed: z.object({ targets: z.record(z.string(), z.object({ hashes: z.object({ sha256: z.string() }) })) }),
});

/**
 * Removes what no reader can be reading any more. Roots stay all: who comes back after a year follows their chain.
 * @param versions those that were just published
 */
export async function removeFormer(
  { metadata, targets }: RegistryFolder,
  versions: { readonly targets: number; readonly snapshot: number },
): Promise<void> {
  const needed = new Set<string>();
  for (const name of await readdir(metadata)) {
    const [, version = '', role] = /^(\d+)\.(targets|snapshot)\.json$/.exec(name) ?? [];
    if (role !== 'targets' && role !== 'snapshot') continue;
    if (Number(version) <= versions[role] - KEPT_VERSIONS) await rm(join(metadata, name));
    else if (role === 'targets') for (const file of await filesOf(join(metadata, name))) needed.add(file);
  }
  const entries = await readdir(targets, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !needed.has(path.slice(targets.length + 1))) await rm(path);
  }
}

async function filesOf(path: string): Promise<string[]> {
  const { signed } = targetsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  return Object.entries(signed.targets).map(([target, { hashes }]) => hashedName(target, hashes.sha256));
}
