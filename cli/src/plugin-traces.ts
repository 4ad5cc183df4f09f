import {
  createContext,
  isLoopstickError,
  loadCatalog,
  loadSettings,
  madeSticks,
  readStick,
  type Catalog,
  type Engine,
  type MadeStick,
} from '@loopstick/core';

import type { Session } from './session.ts';

/** What came from a plugin that is about to go. */
export interface PluginTraces {
  /** Ids of images of the catalog whose checksums nobody else vouches for. */
  readonly images: readonly string[];
  /** What it has set up on sticks; all of that goes on working. */
  readonly onSticks: readonly StickTrace[];
  /** Keys of settings that name a part of it. */
  readonly settings: readonly string[];
}

/** An image whose entries its recipes have made, or a bootloader of its. */
export interface StickTrace {
  /** A path: the one that was named, or that the stick had when it was made here. */
  readonly stick: string;
  readonly title: string;
  /** ISO 8601: when it was made here; missing for a stick that was named, and read. */
  readonly made?: string | undefined;
  readonly image?: string | undefined;
  readonly bootloader?: string | undefined;
}

export const NO_TRACES: PluginTraces = { images: [], onSticks: [], settings: [] };

/** Parts of the engine that a setting chooses by name. */
interface Parts {
  readonly strategies: readonly string[];
  readonly bootloaders: readonly string[];
}

/**
 * Looks for what a plugin has brought, before it is removed.
 * @param sticks devices or files to read; of others it is known what was on them when they were made here
 * @throws LoopstickError of readStick
 */
export async function pluginTraces(session: Session, id: string, sticks: readonly string[]): Promise<PluginTraces> {
  const engine = await engineOf(session);
  const parts = await partsOf(engine, id);
  const named: StickTrace[] = [];
  const read = new Set<string>();
  for (const stick of sticks) {
    const { manifest } = await readStick(await session.engine(), stick, session.signal);
    read.add(manifest.id);
    const { title, bootloader, images } = manifest;
    if (parts.bootloaders.includes(bootloader)) named.push({ stick, title, bootloader });
    for (const image of imagesBy(id, images)) named.push({ stick, title, image });
  }
  const others = (await madeSticks(createContext())).filter((stick) => !read.has(stick.id));
  return {
    images: imagesOf(await catalogOf(session, engine), id),
    onSticks: [...named, ...others.flatMap((stick) => tracesOn(stick, id))],
    settings: await settingsOf(parts),
  };
}

function tracesOn({ place: stick, title, made, bootloader, images }: MadeStick, id: string): StickTrace[] {
  return [
    ...(bootloader.pluginId === id ? [{ stick, title, made, bootloader: bootloader.name }] : []),
    ...imagesBy(id, images).map((image) => ({ stick, title, made, image })),
  ];
}

function imagesBy(id: string, images: MadeStick['images']): string[] {
  return images.filter(({ recipe }) => recipe.startsWith(`${id}/`)).map(({ id: image }) => image);
}

async function partsOf(engine: Engine | undefined, id: string): Promise<Parts> {
  const names = (parts: readonly { readonly name: string; readonly pluginId: string }[] = []): string[] =>
    parts.filter(({ pluginId }) => pluginId === id).map(({ name }) => name);
  const own = engine?.plugins.find(({ manifest }) => manifest.id === id)?.manifest.hooks;
  return {
    strategies: own?.has('mirrorStrategies') === true ? names(await engine?.mirrorStrategies()) : [],
    bootloaders: own?.has('bootloaders') === true ? names(await engine?.bootloaders()) : [],
  };
}

async function settingsOf({ strategies, bootloaders }: Parts): Promise<string[]> {
  const { mirrors, stick } = await loadSettings(createContext().paths.config);
  return [
    ...(strategies.includes(mirrors.strategy) ? ['mirrors.strategy'] : []),
    ...(bootloaders.includes(stick.bootloader) ? ['stick.bootloader'] : []),
  ];
}

function imagesOf(catalog: Catalog | undefined, id: string): string[] {
  const own = [`upstream:${id}`, `embedded:${id}`];
  return (catalog?.distributions ?? []).flatMap(({ releases }) =>
    releases.flatMap(({ images }) =>
      images
        .filter(({ provenance }) => own.includes(provenance['checksums']?.source ?? ''))
        .map(({ id: image }) => image),
    ),
  );
}

/** None when it does not start, which may be why the plugin has to go. */
async function engineOf({ engine, signal }: Session): Promise<Engine | undefined> {
  return unlessRefused(signal, engine);
}

async function catalogOf({ signal }: Session, engine: Engine | undefined): Promise<Catalog | undefined> {
  return engine && unlessRefused(signal, async () => loadCatalog(engine, { signal }));
}

async function unlessRefused<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (isLoopstickError(error)) return undefined;
    throw error;
  }
}
