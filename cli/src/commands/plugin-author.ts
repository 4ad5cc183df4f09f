import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createContext, formatBytes } from '@loopstick/core';
import { addPlugin, createPlugin, packPlugin, type CreateOptions, type PackedPlugin } from '@loopstick/registry';

import { otherEngineWords } from '../output/plugin-words.ts';
import type { Session } from '../session.ts';
import { writeNew } from '../write-new.ts';

export async function pluginCreate(
  { terminal, signal }: Session,
  [name = '']: readonly string[],
  { kind, data, license }: Pick<CreateOptions, 'kind' | 'license'> & { readonly data?: boolean },
): Promise<void> {
  const place = { parent: process.cwd(), now: createContext().now(), signal };
  const { id, directory, kinds } = await createPlugin(name, { kind, license, data: data === true, ...place });
  terminal.document({ id, kinds, directory });
  terminal.data(`Made: ${directory}`);
  terminal.note(`Try it: cd ${id} && npm install && npm test`);
}

export async function pluginPack(
  { terminal, signal }: Session,
  [directory = '.']: readonly string[],
  { output }: { readonly output?: string },
): Promise<void> {
  const packed = await packPlugin(directory, signal);
  const file = output ?? nameOf(packed);
  await writeNew(file, packed.tarball);
  const { manifest, integrity, files, tarball } = packed;
  terminal.document({ id: manifest.id, version: manifest.version, file, integrity, files, size: tarball.length });
  terminal.data(`Packed: ${file} (${formatBytes(tarball.length)})`);
  for (const path of files) terminal.data(`  ${path}`);
}

export async function pluginPublish(
  { terminal, signal }: Session,
  [directory = '.']: readonly string[],
  { registry }: { readonly registry: string },
): Promise<void> {
  const packed = await packPlugin(directory, signal);
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-publish-'));
  try {
    const file = join(folder, nameOf(packed));
    await writeFile(file, packed.tarball);
    const { target, replaced, release } = await addPlugin(registry, file, createContext(), signal);
    const { id, version, integrity } = release;
    terminal.document({ id, version, target, integrity, replaced });
    terminal.data(`${replaced ? 'Is there already' : 'Added'}: ${id} ${version}`);
    for (const line of otherEngineWords(release)) terminal.note(line);
    terminal.note(`Readers see it after: loopstick registry publish ${registry}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function nameOf({ manifest: { id, version } }: PackedPlugin): string {
  return `${id}-${version}.tgz`;
}
