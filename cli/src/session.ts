import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  createDocumentFetcher,
  installedPlugins,
  originRewrite,
  registrySource,
  trustedRegistries,
  type InstalledPlugins,
} from '@loopstick/registry';
import {
  catalogFileSource,
  createContext,
  createEngine,
  createEventBus,
  loadSettings,
  type Engine,
  type Settings,
} from '@loopstick/core';

import type { Terminal } from './output/terminal.ts';
import type { Interrupts } from './process-watch.ts';

/** The settings, with what the command line wants otherwise. */
type OwnSettings = (settings: Settings) => Settings;

/** What every command is given. */
export interface Session {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly interrupts: Interrupts;
  /** The engine with the bundled plugins; made at the first call. */
  engine(own?: OwnSettings): Promise<Engine>;
  /** What was installed when that was made. */
  installed(): Promise<InstalledPlugins>;
  /** To be called when the command is done: what it has shown of the catalog may be old. */
  done(): Promise<void>;
}

/** The plugins that come with the command. They are found by their manifests, like any other. */
const BUNDLED = [
  // Those that know one distribution's ISOs come before those whose recipes take whole families: an openSUSE live image
  // also is what Fedora's takes for its own kind.
  '@loopstick/plugin-distro-almalinux',
  '@loopstick/plugin-distro-alpine',
  '@loopstick/plugin-distro-arch',
  '@loopstick/plugin-distro-clonezilla',
  '@loopstick/plugin-distro-gparted',
  '@loopstick/plugin-distro-kali',
  '@loopstick/plugin-distro-lmde',
  '@loopstick/plugin-distro-mint',
  '@loopstick/plugin-distro-nixos',
  '@loopstick/plugin-distro-opensuse-leap',
  '@loopstick/plugin-distro-opensuse-tumbleweed',
  '@loopstick/plugin-distro-rocky',
  '@loopstick/plugin-distro-systemrescue',
  '@loopstick/plugin-distro-ubuntu-flavours',
  '@loopstick/plugin-distro-void',
  '@loopstick/plugin-distro-ubuntu',
  '@loopstick/plugin-distro-fedora',
  '@loopstick/plugin-distro-debian',
  '@loopstick/plugin-distro-memtest86plus',
  '@loopstick/plugin-recipe-loopback-cfg',
  '@loopstick/plugin-bootloader-grub',
  '@loopstick/plugin-bootloader-systemd-boot',
  '@loopstick/plugin-mirror-adaptive',
  '@loopstick/plugin-mirror-fastest',
  '@loopstick/plugin-mirror-geographic',
  '@loopstick/plugin-mirror-ordered',
  '@loopstick/plugin-mirror-preferred',
  '@loopstick/plugin-mirror-reliable',
  '@loopstick/plugin-transport-http',
  '@loopstick/plugin-transport-torrent',
] as const;

/**
 * @param catalog a catalog file named on the command line
 * @param onEngine told of the engine when there is one
 */
export function createSession(
  terminal: Terminal,
  signal: AbortSignal,
  catalog: string | undefined,
  onEngine: (engine: Engine) => void,
  interrupts: Interrupts,
): Session {
  let opening: Promise<Opened> | undefined;
  let read: Engine | undefined;
  const opened = (made: Engine): void => {
    made.events.once('catalog', () => {
      read = made;
    });
    onEngine(made);
  };
  const open = (own?: OwnSettings): Promise<Opened> => (opening ??= openEngine(catalog, own, terminal, opened));
  return {
    terminal,
    signal,
    interrupts,
    engine: async (own) => (await open(own)).engine,
    installed: async () => (await open()).installed,
    done: async () => {
      if (read === undefined) return;
      const { startDetached, syncInBackground } = await import('./background-sync.ts');
      await syncInBackground(read, { isTTY: process.stdout.isTTY, env: process.env, start: startDetached });
    },
  };
}

interface Opened {
  readonly engine: Engine;
  readonly installed: InstalledPlugins;
}

async function openEngine(
  catalog: string | undefined,
  own: OwnSettings | undefined,
  terminal: Terminal,
  onEngine: (engine: Engine) => void,
): Promise<Opened> {
  const events = createEventBus();
  events.on('warning', (warning) => {
    terminal.warn(warning);
  });
  const world = createContext();
  const settings = await loadSettings(world.paths.config);
  const registries = await trustedRegistries(settings, world.paths);
  const installed = await installedPlugins(
    world,
    registries.map(({ name }) => name),
  );
  for (const { error } of installed.refused) events.emit('warning', error);
  const plugins = [...bundledPlugins(), ...installed.places];
  const fetchDocument = createDocumentFetcher({
    ...world,
    cacheDirectory: join(world.paths.cache, 'http'),
    rewrite: originRewrite(settings.catalog.origins),
  });
  const context = { ...world, fetchDocument };
  const manifestCache = join(world.paths.cache, 'manifests.json');
  const engine = await createEngine({
    ...{ context, plugins, events, manifestCache },
    settings: own?.(settings) ?? settings,
  });
  if (catalog !== undefined) engine.own.catalogSource(catalogFileSource(catalog));
  for (const registry of registries) {
    engine.own.catalogSource(registrySource(registry, context));
  }
  onEngine(engine);
  return { engine, installed };
}

/** Ids of the plugins that come with the command. */
export function bundledIds(): string[] {
  return BUNDLED.map((name) => name.replace('@loopstick/plugin-', ''));
}

function bundledPlugins(): string[] {
  return BUNDLED.map((name) => dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`))));
}
