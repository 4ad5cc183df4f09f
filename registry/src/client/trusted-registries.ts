import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describeIssues, failure, messageOf, reasonOf, systemCode, type Context, type Settings } from '@loopstick/core';
import { z } from 'zod';

import { REGISTRY_ERRORS } from '../registry-errors.ts';

/** A registry that is read, and why it is believed. */
export interface TrustedRegistry {
  readonly name: string;
  /** Of the folder that holds `metadata` and `targets`, without a slash at the end. */
  readonly url: string;
  /** `bundled`: its root came with Loopstick. `user`: the user has named it. */
  readonly by: 'bundled' | 'user';
  readonly rootFile: string;
  /** The root of trust. @throws LoopstickError REGISTRY_ROOT_UNUSABLE */
  root(): Promise<string>;
}

/** Roots that come with Loopstick. */
const BUNDLED_ROOTS: string = fileURLToPath(new URL('../../roots', import.meta.url));

/** A file there: `<name>.json`. */
const bundledSchema = z.object({ schema: z.literal(1), url: z.url({ protocol: /^https?$/ }), root: z.unknown() });

/**
 * The registries to read: those whose roots came with Loopstick, and the user's own. One of the user's stands in place
 * of a bundled one with the same name.
 * @throws LoopstickError REGISTRY_ROOT_UNUSABLE
 */
export async function trustedRegistries(
  { registries }: Pick<Settings, 'registries'>,
  { config }: Pick<Context['paths'], 'config'>,
  bundledRoots: string = BUNDLED_ROOTS,
): Promise<TrustedRegistry[]> {
  const all = new Map((await bundled(bundledRoots)).map((registry) => [registry.name, registry]));
  for (const { name, url, root } of registries) {
    const rootFile = resolve(config, root);
    all.set(name, { name, url: baseAddress(url), by: 'user', rootFile, root: () => readRoot(rootFile) });
  }
  return [...all.values()];
}

/** Without the slashes at the end. */
export function baseAddress(url: string): string {
  return url.replace(/\/+$/, '');
}

async function bundled(folder: string): Promise<TrustedRegistry[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  return Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map(async (name): Promise<TrustedRegistry> => {
        const rootFile = join(folder, name);
        const parsed = bundledSchema.safeParse(parseJson(await readRoot(rootFile), rootFile));
        if (!parsed.success) throw unusable(rootFile, describeIssues(parsed.error));
        const { url, root } = parsed.data;
        const text = JSON.stringify(root);
        return { name: name.slice(0, -5), url: baseAddress(url), by: 'bundled', rootFile, root: async () => text };
      }),
  );
}

async function readRoot(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unusable(file, reasonOf(cause), cause);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unusable(file, messageOf(cause), cause);
  }
}

function unusable(file: string, problem: string, cause?: unknown): Error {
  return failure(REGISTRY_ERRORS.rootUnusable, { file, problem }, { cause });
}
