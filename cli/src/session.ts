import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { catalogFileSource, createEngine, type Engine } from '@loopstick/core';

import type { Terminal } from './output/terminal.ts';

/** What every command is given. */
export interface Session {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** The engine with the bundled plugins; made at the first call. */
  engine(): Promise<Engine>;
}

/** The plugins that come with the command. They are found by their manifests, like any other. */
const BUNDLED = [
  '@loopstick/plugin-distro-ubuntu',
  '@loopstick/plugin-distro-fedora',
  '@loopstick/plugin-distro-debian',
  '@loopstick/plugin-distro-memtest86plus',
  '@loopstick/plugin-recipe-loopback-cfg',
  '@loopstick/plugin-bootloader-grub',
  '@loopstick/plugin-mirror-ordered',
  '@loopstick/plugin-transport-http',
] as const;

/** @param catalog a catalog file named on the command line */
export function createSession(terminal: Terminal, signal: AbortSignal, catalog: string | undefined): Session {
  let engine: Promise<Engine> | undefined;
  return {
    terminal,
    signal,
    engine: () => (engine ??= openEngine(catalog)),
  };
}

async function openEngine(catalog: string | undefined): Promise<Engine> {
  const engine = await createEngine({ bundledPlugins: bundledPlugins() });
  if (catalog !== undefined) engine.own.catalogSource(catalogFileSource(catalog));
  return engine;
}

function bundledPlugins(): string[] {
  return BUNDLED.map((name) => dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`))));
}
