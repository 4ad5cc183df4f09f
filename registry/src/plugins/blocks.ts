/** Versions that registries block, as they are known without reading a registry: at each start. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolder, systemCode, writeFileDurably, type Context } from '@loopstick/core';
import satisfies from 'semver/functions/satisfies.js';
import { z } from 'zod';

/** What one registry says of one plugin. */
export interface Block {
  readonly id: string;
  /** A semver range. */
  readonly range: string;
  readonly reason: string;
}

export interface OwnedBlock extends Block {
  readonly registry: string;
}

const blocksSchema: z.ZodType<Block[], unknown> = z.array(
  z.object({ id: z.string(), range: z.string(), reason: z.string() }),
);

const FILE = 'blocked.json';

/** Beside what is kept of the registry, with which it goes. */
function blocksFile({ data }: Pick<Context['paths'], 'data'>, registry: string): string {
  return join(data, 'registries', registry, FILE);
}

/** Notes what a registry blocks, when it has just been read and verified. */
export async function keepBlocks(
  registry: string,
  blocks: readonly Block[],
  { paths, random }: Pick<Context, 'paths' | 'random'>,
): Promise<void> {
  const file = blocksFile(paths, registry);
  await makeFolder(join(file, '..'));
  await writeFileDurably(file, `${JSON.stringify(blocks)}\n`, Buffer.from(random(6)).toString('hex'));
}

/** What these registries are known to block. A note that is damaged is as good as none: the next read writes it anew. */
export function readBlocksNow(paths: Pick<Context['paths'], 'data'>, registries: readonly string[]): OwnedBlock[] {
  return registries.flatMap((registry) => {
    try {
      const json: unknown = JSON.parse(readFileSync(blocksFile(paths, registry), 'utf8'));
      return (blocksSchema.safeParse(json).data ?? []).map((block) => ({ ...block, registry }));
    } catch (error) {
      if (systemCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
      return [];
    }
  });
}

/** The first that is about this version. */
export function blockOf(
  blocks: readonly OwnedBlock[],
  id: string,
  version: string,
): { readonly registry: string; readonly reason: string } | undefined {
  const found = blocks.find((block) => block.id === id && satisfies(version, block.range, { includePrerelease: true }));
  return found && { registry: found.registry, reason: found.reason };
}
