import type { CatalogSource } from '../../engine/hooks.ts';
import type { StoredSource } from './stored-source.ts';

/** What the word of a source rests upon now. Upon what cannot be read nothing rests that was kept. */
export async function basisOf({ basis }: Pick<CatalogSource, 'basis'>): Promise<string | undefined> {
  return basis?.().catch(() => 'nothing');
}

export async function restsOnSame(stored: StoredSource, source: CatalogSource | undefined): Promise<boolean> {
  return source === undefined || (await basisOf(source)) === stored.basis;
}
