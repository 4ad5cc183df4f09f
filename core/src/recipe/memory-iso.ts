import { failure } from '../engine/errors.ts';
import type { IsoContents } from './iso.ts';
import { RECIPE_ERRORS } from './recipe-errors.ts';

/**
 * The inside of an ISO made of texts, by path: for the tests of recipes, which then need no real image.
 * Its `read` behaves as that of a real one, errors and limit included.
 */
export function createMemoryIso(label: string, files: Readonly<Record<string, string>>, uuid?: string): IsoContents {
  const contents = new Map(Object.entries(files));
  const sorted = [...contents.keys()].sort();
  return {
    label,
    uuid,
    size: [...contents.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    has: (path) => contents.has(path),
    list(folder) {
      const prefix = folder.endsWith('/') ? folder : `${folder}/`;
      return sorted.filter((path) => path.startsWith(prefix));
    },
    async read(path, { signal, limit = 256 * 1024 }) {
      signal.throwIfAborted();
      const text = contents.get(path);
      if (text === undefined) throw failure(RECIPE_ERRORS.fileMissing, { path, file: label });
      const size = Buffer.byteLength(text);
      if (size > limit) throw failure(RECIPE_ERRORS.fileTooLarge, { path, file: label, size, limit });
      return text;
    },
  };
}
