/** Recipes: recognise the inside of an ISO and say how it boots. */
import type { IsoContents } from '../../recipe/iso.ts';

export interface Recipe {
  readonly name: string;
  /**
   * Resolves to a Recognition (core/src/recipe/boot-entry.ts), or undefined when the ISO is not of this kind, or
   * `{ rejected: reason }` when it is but cannot boot from a stick; other recipes are asked then all the same. It
   * decides by what is inside, never by the file's name. Core validates what comes back.
   */
  recognise(iso: IsoContents, request: { readonly signal: AbortSignal }): Promise<unknown>;
}

export interface RecognisedBy {
  readonly pluginId: string;
  readonly recipe: string;
  /** Not yet validated. */
  readonly recognition: unknown;
}

export interface RecipeRound {
  readonly iso: IsoContents;
  readonly signal: AbortSignal;
  /** Judges an answer: false asks the next recipe, and so does a throw, as a loss of this recipe's plugin. */
  readonly accept?: ((answer: RecognisedBy) => boolean) | undefined;
}

/**
 * Recipes of one distribution come before the ones that take whatever fits. Those of plugins with code that did not come
 * with the program are `installed` when they do not say otherwise: somebody wants them for a distribution that a bundled
 * recipe may take for one of its family.
 */
export const RECIPE_ORDER = { installed: -5, distribution: 0, generic: 100 } as const;

export interface RecipeOptions {
  /** Place in the series; see RECIPE_ORDER. Equal places keep the order of registration. */
  readonly order?: number;
  /** Name of a recipe that this one has to come before. */
  readonly before?: string;
}
