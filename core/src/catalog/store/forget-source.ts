import type { Context } from '../../engine/context.ts';
import { CatalogStore } from './catalog-store.ts';

/** Forgets all that a source on the web has said. @throws the system's own errors */
export async function forgetSource(context: Pick<Context, 'paths' | 'random'>, source: string): Promise<void> {
  await new CatalogStore(context).remove(source);
}
