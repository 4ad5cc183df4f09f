import { pathToFileURL } from 'node:url';

import { PluginDescription } from '../distribution/contribute.ts';
import { documentJson } from '../catalog/document-json.ts';
import { readCatalogFile } from '../catalog/file-source.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, isLoopstickError, messageOf } from '../engine/errors.ts';
import type { HookName, Plugin, PluginRegistrar } from '../engine/hooks.ts';
import { documentIn } from './own-document.ts';
import type { Isolation } from '../isolation/host/isolation.ts';
import type { IsolatedPlugin } from '../isolation/host/isolated-plugin.ts';
import type { IsolationLimits } from '../isolation/limits.ts';
import type { KnownManifests } from './known-manifests.ts';
import { readManifest, type PluginManifest } from './plugin-manifest.ts';
import { createRegistrar, TapBatch, type TapDoor, type TapLedger } from '../engine/tap.ts';
import { grantedOf, placeAt, type PluginPlace, type TrustTier } from './plugin-place.ts';

export interface PluginStatus {
  /** Its permissions are those that were granted of the ones it declares. */
  readonly manifest: PluginManifest;
  readonly trust: TrustTier;
  readonly state: 'found' | 'loaded' | 'failed' | 'disabled';
  readonly error?: unknown;
}

/**
 * Finds plugins by their manifests and loads the code of one only when a hook that it declares is about to be called.
 * Bundled and community plugins take the same way; what differs is where their code runs.
 */
export class PluginHost {
  readonly #door: TapDoor;
  readonly #ledger: TapLedger;
  readonly #plugins = new Map<string, PluginStatus>();
  readonly #descriptions = new Map<string, PluginDescription>();
  readonly #limits: Partial<IsolationLimits>;
  #isolation: Promise<Isolation> | undefined;
  #loading: Promise<void> = Promise.resolve();

  constructor(door: TapDoor, ledger: TapLedger, limits: Partial<IsolationLimits> = {}) {
    this.#door = door;
    this.#ledger = ledger;
    this.#limits = limits;
  }

  get plugins(): readonly PluginStatus[] {
    return [...this.#plugins.values()];
  }

  /**
   * Reads the manifests in these places. A place without a valid one is reported as a loss.
   * @param use for an id that two claim: the folder, or the tier, of the one that is meant
   * @param known what manifests are known to say
   * @throws LoopstickError PLUGIN_DUPLICATE
   */
  async discover(
    given: readonly (string | PluginPlace)[],
    disabled: ReadonlySet<string>,
    use: (id: string) => string | undefined = () => undefined,
    known?: KnownManifests,
  ): Promise<void> {
    const places = new Map<string, PluginPlace>();
    for (const place of given.map(placeAt)) {
      // The settings may name a folder that is searched anyway: what was said of it first counts.
      if (!places.has(place.directory)) places.set(place.directory, place);
    }
    const reading = [...places.values()].map(async (place) => ({ place, found: await this.#read(place, known) }));
    const wanted = new Map<string, Claim>();
    for (const { place, found } of await Promise.all(reading)) {
      if ('error' in found) {
        this.#door.onLoss({ call: { pluginId: place.directory, place: 'manifest' }, error: found.error });
        continue;
      }
      const { manifest } = found;
      const { id } = manifest;
      const claim = { manifest, trust: tierOf(place, manifest) };
      if (disabled.has(id)) {
        if (!this.#plugins.has(id)) this.#plugins.set(id, { ...claim, state: 'disabled' });
        continue;
      }
      const other = wanted.get(id);
      wanted.set(id, other === undefined ? claim : chosenOf([other, claim], use(id)));
    }
    await known?.keep();
    for (const [id, claim] of wanted) {
      this.#plugins.set(id, { ...claim, state: 'found' });
      this.#registerCatalog(claim.manifest);
      this.#registerDescription(claim.manifest);
    }
  }

  async #read(
    { directory, trust, granted }: PluginPlace,
    known: KnownManifests | undefined,
  ): Promise<{ manifest: PluginManifest } | { error: unknown }> {
    try {
      const manifest = await readManifest(directory, { known });
      if (trust === 'data' && manifest.entry !== undefined) {
        const pluginId = manifest.id;
        throw failure(ENGINE_ERRORS.unexpectedCode, { plugin: pluginId, directory }, { pluginId });
      }
      return { manifest: { ...manifest, permissions: grantedOf(manifest.permissions, granted) } };
    } catch (error) {
      return { error };
    }
  }

  /** Loads every plugin that declares this hook and is not loaded yet, in the order of discovery. */
  async loadFor(hook: HookName): Promise<void> {
    // In series, so that the order of registration does not depend on the disk.
    const loading = this.#loading.then(async () => {
      const wanted = this.plugins.filter(({ state, manifest }) => state === 'found' && manifest.hooks.has(hook));
      // Their processes start side by side.
      for (const { manifest } of wanted.filter(isIsolated)) (await this.#isolated(manifest)).prepare();
      for (const status of wanted) await this.#load(status);
    });
    // Whoever listens for warnings may throw; the next hook is loaded all the same.
    this.#loading = loading.catch(() => undefined);
    await loading;
  }

  /** Ends the processes of plugins. */
  async close(): Promise<void> {
    (await this.#isolation)?.close();
  }

  async #load(status: PluginStatus): Promise<void> {
    const { manifest, trust } = status;
    const { id: pluginId, entry } = manifest;
    const call = { pluginId, place: 'load' };
    const batch = new TapBatch(this.#ledger);
    try {
      const options = { signal: new AbortController().signal, deadlineMs: this.#door.deadlines.load };
      const registrar = createRegistrar(pluginId, manifest.hooks, this.#door, this.#ledger, batch);
      if (entry !== undefined) {
        await this.#door.guard.call(call, options, async () =>
          isIsolated(status)
            ? (await this.#isolated(manifest)).register(registrar)
            : this.#register(manifest, entry, registrar),
        );
      }
      await this.#descriptions.get(pluginId)?.addParts(registrar);
      await addMirrorLists(manifest, registrar);
      batch.commit();
      this.#plugins.set(pluginId, { manifest, trust, state: 'loaded' });
    } catch (error) {
      batch.discard();
      this.#plugins.set(pluginId, { manifest, trust, state: 'failed', error });
      this.#door.onLoss({ call, error });
    }
  }

  async #register({ id }: PluginManifest, entry: string, registrar: PluginRegistrar): Promise<void> {
    try {
      const plugin = pluginOf(await import(pathToFileURL(entry).href), id);
      await plugin.register(registrar);
    } catch (cause) {
      if (isLoopstickError(cause)) throw cause;
      throw failure(ENGINE_ERRORS.pluginLoad, { plugin: id, problem: messageOf(cause) }, { cause, pluginId: id });
    }
  }

  /** Nothing of this is loaded before a plugin needs it. */
  async #isolated(manifest: PluginManifest): Promise<IsolatedPlugin> {
    this.#isolation ??= import('../isolation/host/isolation.ts').then(({ createIsolation }) =>
      createIsolation(this.#limits, this.#door, (id, error) => {
        this.#lost(id, error);
      }),
    );
    return (await this.#isolation).plugin(manifest);
  }

  /** What it has added stays, and fails from now on. */
  #lost(id: string, error: unknown): void {
    const status = this.#plugins.get(id);
    if (status !== undefined) this.#plugins.set(id, { ...status, state: 'failed', error });
  }

  /** A catalog document is data: it is read on the plugin's behalf, and its code stays unloaded. */
  #registerCatalog(manifest: PluginManifest): void {
    const file = manifest.catalog;
    if (file === undefined) return;
    createRegistrar(manifest.id, manifest.hooks, this.#door, this.#ledger).catalogSource({
      name: `embedded:${manifest.id}`,
      layer: 'embedded',
      read: async ({ signal }) => documentIn(documentJson(await readCatalogFile(file, signal), file), file, 'catalog'),
    });
  }

  /** A description is data as well. What it says of mirrors and recipes is added when the plugin is loaded. */
  #registerDescription({ id, directory, hooks, distribution: file, permissions: { hosts } }: PluginManifest): void {
    if (file === undefined) return;
    const description = new PluginDescription({ id, directory, file, hosts });
    this.#descriptions.set(id, description);
    const call = { pluginId: id, place: `catalogSources/upstream:${id}` };
    description.addSource(createRegistrar(id, hooks, this.#door, this.#ledger), (error) => {
      this.#door.onLoss({ call, error });
    });
  }
}

/** A document that says where mirrors are listed is data like the others, but all of it is wanted at once. */
async function addMirrorLists(manifest: PluginManifest, registrar: PluginRegistrar): Promise<void> {
  const { id, directory, mirrorLists: file, permissions } = manifest;
  if (file === undefined) return;
  const { readMirrorLists } = await import('../distribution/mirror-list-document.ts');
  registrar.mirrorList(await readMirrorLists({ id, directory, file, hosts: permissions.hosts }));
}

type Claim = Pick<PluginStatus, 'manifest' | 'trust'>;

/** Of two plugins with one id the one that the user has chosen. @throws LoopstickError PLUGIN_DUPLICATE */
function chosenOf(claims: readonly [Claim, Claim], use: string | undefined): Claim {
  const chosen = claims.filter(({ manifest, trust }) => use === manifest.directory || use === trust);
  if (chosen.length === 1 && chosen[0] !== undefined) return chosen[0];
  const [first, second] = claims.map(({ manifest, trust }) => `${manifest.directory} (${trust})`);
  const plugin = claims[0].manifest.id;
  const values = { plugin, first: first ?? '', second: second ?? '', folder: claims[1].manifest.directory };
  throw failure(ENGINE_ERRORS.duplicatePlugin, values, { pluginId: plugin });
}

/** Code that did not come with the program runs in a process of its own. */
function isIsolated({ trust, manifest }: PluginStatus): boolean {
  return trust !== 'bundled' && manifest.entry !== undefined;
}

/** A folder that nobody vouches for and that holds no code is no more than data. */
function tierOf({ trust }: PluginPlace, { entry }: PluginManifest): TrustTier {
  return trust === 'unsigned' && entry === undefined ? 'data' : trust;
}

/** A plugin as it may really be: one written with `async register()`, whose rejection nobody else would see. */
interface FoundPlugin {
  register(registrar: PluginRegistrar): void | Promise<void>;
}

function pluginOf(module: unknown, id: string): FoundPlugin {
  const plugin = (module as { default?: Partial<Plugin> | null }).default;
  if (typeof plugin?.register !== 'function' || plugin.id !== id) {
    throw new Error(`its entry must have a default export { id: "${id}", register() }`);
  }
  return plugin as Plugin;
}
