import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure, isLoopstickError, messageOf } from './errors.ts';
import type { HookName, Plugin } from './hooks.ts';
import { readManifest, type PluginManifest } from './plugin-manifest.ts';
import { createRegistrar, type TapDoor, type TapLedger } from './tap.ts';

export interface PluginStatus {
  readonly manifest: PluginManifest;
  readonly state: 'found' | 'loaded' | 'failed' | 'disabled';
  readonly error?: unknown;
}

/**
 * Finds plugins by their manifests and loads the code of one only when a hook that it declares is about to be called.
 * Bundled and community plugins take the same way.
 */
export class PluginHost {
  readonly #door: TapDoor;
  readonly #ledger: TapLedger;
  readonly #plugins = new Map<string, PluginStatus>();
  #loading: Promise<void> = Promise.resolve();

  constructor(door: TapDoor, ledger: TapLedger) {
    this.#door = door;
    this.#ledger = ledger;
  }

  get plugins(): readonly PluginStatus[] {
    return [...this.#plugins.values()];
  }

  /**
   * Reads the manifests in these folders. A folder without a valid one is reported as a loss.
   * @throws LoopstickError PLUGIN_DUPLICATE
   */
  async discover(directories: readonly string[], disabled: ReadonlySet<string>): Promise<void> {
    const found = await Promise.allSettled(directories.map((directory) => readManifest(directory)));
    for (const [index, result] of found.entries()) {
      if (result.status === 'rejected') {
        const pluginId = directories[index] ?? 'unknown';
        this.#door.onLoss({ call: { pluginId, place: 'manifest' }, error: result.reason });
        continue;
      }
      const manifest = result.value;
      if (disabled.has(manifest.id)) {
        if (!this.#plugins.has(manifest.id)) this.#plugins.set(manifest.id, { manifest, state: 'disabled' });
        continue;
      }
      const other = this.#plugins.get(manifest.id);
      if (other !== undefined && other.state !== 'disabled') {
        const values = { plugin: manifest.id, first: other.manifest.directory, second: manifest.directory };
        throw failure(ENGINE_ERRORS.duplicatePlugin, values);
      }
      this.#plugins.set(manifest.id, { manifest, state: 'found' });
      this.#registerCatalog(manifest);
    }
  }

  /** Loads every plugin that declares this hook and is not loaded yet, in the order of discovery. */
  async loadFor(hook: HookName): Promise<void> {
    // In series, so that the order of registration does not depend on the disk.
    this.#loading = this.#loading.then(async () => {
      for (const { manifest, state } of this.plugins) {
        if (state === 'found' && manifest.hooks.has(hook)) await this.#load(manifest);
      }
    });
    await this.#loading;
  }

  async #load(manifest: PluginManifest): Promise<void> {
    try {
      if (manifest.entry !== undefined) {
        const plugin = pluginOf(await import(pathToFileURL(manifest.entry).href), manifest.id);
        plugin.register(createRegistrar(manifest.id, manifest.hooks, this.#door, this.#ledger));
      }
      this.#plugins.set(manifest.id, { manifest, state: 'loaded' });
    } catch (cause) {
      const values = { plugin: manifest.id, problem: messageOf(cause) };
      const error = isLoopstickError(cause)
        ? cause
        : failure(ENGINE_ERRORS.pluginLoad, values, { cause, pluginId: manifest.id });
      this.#plugins.set(manifest.id, { manifest, state: 'failed', error });
      this.#door.onLoss({ call: { pluginId: manifest.id, place: 'load' }, error });
    }
  }

  /** A catalog document is data: it is read on the plugin's behalf, and its code stays unloaded. */
  #registerCatalog(manifest: PluginManifest): void {
    const file = manifest.catalog;
    if (file === undefined) return;
    createRegistrar(manifest.id, manifest.hooks, this.#door, this.#ledger).catalogSource({
      name: `embedded:${manifest.id}`,
      layer: 'embedded',
      read: async ({ signal }) => JSON.parse(await readFile(file, { encoding: 'utf8', signal })) as unknown,
    });
  }
}

function pluginOf(module: unknown, id: string): Plugin {
  const plugin = (module as { default?: Partial<Plugin> }).default;
  if (plugin === undefined || typeof plugin.register !== 'function' || plugin.id !== id) {
    throw new Error(`its entry must have a default export { id: "${id}", register() }`);
  }
  return plugin as Plugin;
}
