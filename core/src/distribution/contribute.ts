import type { LoopstickError } from '../engine/errors.ts';
import type { PluginRegistrar } from '../engine/hooks.ts';
import type { DescriptionOwner, LoadedDescription } from './load-description.ts';

/** The document of one plugin, read at most once and only when something of it is wanted. */
export class PluginDescription {
  readonly #owner: DescriptionOwner;
  #loaded: Promise<LoadedDescription> | undefined;

  constructor(owner: DescriptionOwner) {
    this.#owner = owner;
  }

  /** @throws LoopstickError DISTRIBUTION_INVALID, DISTRIBUTION_TOO_LARGE, DISTRIBUTION_UNREADABLE */
  async load(): Promise<LoadedDescription> {
    this.#loaded ??= import('./load-description.ts').then(({ loadDescription }) => loadDescription(this.#owner));
    return this.#loaded;
  }

  /** Adds the catalog source. The document is read when that is. */
  addSource(registrar: PluginRegistrar, warn: (error: LoopstickError) => void): void {
    registrar.catalogSource({
      name: `upstream:${this.#owner.id}`,
      layer: 'upstream',
      read: async (request) => {
        const { readUpstream } = await import('./upstream-source.ts');
        return readUpstream(await this.load(), request, warn);
      },
    });
  }

  /** Adds the mirror lists and the recipes, whose names only the document knows. */
  async addParts(registrar: PluginRegistrar): Promise<void> {
    const { description } = await this.load();
    const { recipeOf } = await import('./recipe.ts');
    const { mirrorListsOf } = await import('./mirror-lists.ts');
    const source = mirrorListsOf(description, this.#owner.id);
    if (source !== undefined) registrar.mirrorList(source);
    for (const rule of description.boot) {
      const { recipe, options } = recipeOf(this.#owner.id, description.distribution.id, rule);
      registrar.recipe(recipe, options);
    }
  }
}
