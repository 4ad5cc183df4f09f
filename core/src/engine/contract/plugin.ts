/** Plugins, and what they are given to add their parts with. */
import type { Bootloader } from './bootloader.ts';
import type { CatalogSource } from './catalog-source.ts';
import type { LifecycleEvent, LifecycleNotice } from './lifecycle.ts';
import type { MirrorListSource } from './mirror-list.ts';
import type { MirrorStrategy } from './mirror-strategy.ts';
import type { Recipe, RecipeOptions } from './recipe.ts';
import type { Transport } from './transport.ts';

/** How a plugin adds its parts. Each call is checked against the kinds that its manifest declares. */
export interface PluginRegistrar {
  /** What the user has set for this plugin, `plugins.options.<id>.<name>`, by name: words that the plugin checks. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  catalogSource(source: CatalogSource): void;
  mirrorList(source: MirrorListSource): void;
  mirrorStrategy(strategy: MirrorStrategy): void;
  transport(transport: Transport): void;
  bootloader(bootloader: Bootloader): void;
  recipe(recipe: Recipe, options?: RecipeOptions): void;
  lifecycle(event: LifecycleEvent, name: string, handler: (notice: LifecycleNotice) => Promise<void>): void;
}

/** The default export of a plugin's entry: a description. Importing it must do nothing. */
export interface Plugin {
  readonly id: string;
  /**
   * Adds the plugin's parts. Heavy modules belong behind a dynamic import inside those parts. The registrar takes
   * nothing more once this has returned, and a plugin that throws here has added nothing.
   */
  register(registrar: PluginRegistrar): void;
}
