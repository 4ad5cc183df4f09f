import type { IsoContents } from '../../recipe/iso.ts';
import type { Call } from './link.ts';

/** An ISO as it crosses: the names of all its files at once, since a recipe asks for them in passing. */
export interface SentIso {
  readonly label: string;
  readonly uuid?: string | undefined;
  readonly size: number;
  /** All, sorted. */
  readonly files: readonly string[];
}

/** The inside of an ISO; what is in its files the engine is asked for. */
export function isoFrom({ label, uuid, size, files }: SentIso, ask: Call['ask']): IsoContents {
  const known = new Set(files);
  return {
    label,
    uuid,
    size,
    has: (path) => known.has(path),
    list(folder) {
      const prefix = folder.endsWith('/') ? folder : `${folder}/`;
      return files.filter((path) => path.startsWith(prefix));
    },
    async read(path, { signal, limit }) {
      signal.throwIfAborted();
      return ask('read', { path, limit }) as Promise<string>;
    },
  };
}
