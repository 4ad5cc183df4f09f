import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import { createContext, parseSettings, type LoopstickError } from '@loopstick/core';

import { installPlugin, type InstallOptions } from '../../src/plugins/install.ts';
import type { PluginHome } from '../../src/plugins/plugin-home.ts';
import { packed } from '../../../test/src/plugins/tarball.ts';

export interface Home extends PluginHome {
  readonly folder: string;
  readonly warnings: LoopstickError[];
}

/** A home of its own, with nothing installed. */
export async function makeHome(changes: Partial<PluginHome> = {}): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const warnings: LoopstickError[] = [];
  const world = createContext({ env: { LOOPSTICK_HOME: folder }, now: () => new Date('2031-03-01T12:00:00Z') });
  return {
    folder,
    warnings,
    context: { ...world, random: (length) => randomBytes(length) },
    settings: parseSettings({}, 'test'),
    registries: [],
    bundled: ['distro-ubuntu', 'mirror-adaptive'],
    warn: (warning) => warnings.push(warning),
    ...changes,
  };
}

const DISTRIBUTION = { schema: { major: 1, minor: 0 }, distribution: { id: 'example', name: 'Example' } };

/** A plugin that is one document. */
export function dataPlugin(changes: object = {}): Record<string, string> {
  const manifest = {
    schema: 1,
    id: 'distro-example',
    version: '1.0.0',
    kinds: ['distro@1'],
    engine: '*',
    permissions: { hosts: ['a.example'] },
    contributes: { distribution: DISTRIBUTION },
    ...changes,
  };
  return { 'loopstick.plugin.json': JSON.stringify(manifest) };
}

/** A plugin with code, which must not run. */
export function codePlugin(block: object = {}, rest: object = {}): Record<string, string> {
  const loopstick = {
    schema: 1,
    id: 'mirror-own',
    kinds: ['mirror-strategy@1'],
    engine: '*',
    entry: './index.js',
    ...block,
  };
  return {
    'package.json': JSON.stringify({
      name: 'loopstick-mirror-own',
      version: '1.0.0',
      type: 'module',
      loopstick,
      ...rest,
    }),
    'index.js': "throw new Error('was run');\n",
  };
}

/** Writes a tarball with these files, and resolves to its path. */
export async function tarballOf(
  home: Home,
  files: Readonly<Record<string, string>>,
  name = 'plugin.tgz',
): Promise<string> {
  return fileOf(home, packed(files), name);
}

export async function fileOf(home: Home, content: string | Uint8Array, name: string): Promise<string> {
  const path = join(home.folder, 'files', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

export const YES: InstallOptions = {
  trust: false,
  allowDowngrade: false,
  replace: false,
  offline: false,
  signal: new AbortController().signal,
  approve: async () => true,
};

/** Installs with a yes to everything but unsigned code. */
export async function install(home: Home, source: string, options: Partial<InstallOptions> = {}) {
  return installPlugin(home, source, { ...YES, ...options });
}
