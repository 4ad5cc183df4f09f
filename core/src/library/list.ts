import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { SET_ASIDE, SHA256 } from './library-names.ts';
import { filesIn, ignoreMissing, openLibrary, type LibraryFile } from './library.ts';
import { readRecord, usedAt } from './record.ts';
import { look } from './stamp.ts';

/** A file of the library and what is known of it without reading it. */
export interface LibraryEntry extends LibraryFile {
  /** Its name. */
  readonly file: string;
  /** Id of the image that it was when it was downloaded or added, by the catalog of that time. */
  readonly image: string | undefined;
  /** ISO 8601, UTC; undefined without a record. */
  readonly addedAt: string | undefined;
  readonly usedAt: string | undefined;
  /** It looks as it did when it was verified. Otherwise its next use costs a full hash. */
  readonly recorded: boolean;
  /** What its removal would free, in bytes: nothing while it has other names. */
  readonly frees: number;
}

/** A file that was found to be something else. `sha256` is what it once had. */
export interface SetAsideFile extends LibraryFile {
  readonly file: string;
  readonly frees: number;
}

export interface LibraryListing {
  /** By name, then by digest. */
  readonly files: readonly LibraryEntry[];
  readonly setAside: readonly SetAsideFile[];
}

/** Everything in the library. Nothing is read but names and records. */
export async function listLibrary(engine: Engine): Promise<LibraryListing> {
  const library = openLibrary(engine);
  const files: LibraryEntry[] = [];
  for (const sha256 of await digestsIn(library.folder)) {
    const place = library.recordFor(sha256);
    const record = await readRecord(place);
    for (const { file, path, ...facts } of await lookIn(join(library.folder, sha256))) {
      const about = record?.sha256 === sha256 && record.file === file ? record : undefined;
      files.push({
        path,
        file,
        sha256,
        size: facts.size,
        image: about?.image,
        addedAt: about?.addedAt,
        usedAt: about === undefined ? undefined : (await usedAt(place))?.toISOString(),
        recorded: about?.stamp === facts.stamp,
        frees: facts.names > 1 ? 0 : facts.allocated,
      });
    }
  }
  const setAside: SetAsideFile[] = [];
  for (const sha256 of await digestsIn(join(library.folder, SET_ASIDE))) {
    for (const { file, path, size, names, allocated } of await lookIn(join(library.folder, SET_ASIDE, sha256))) {
      setAside.push({ path, file, sha256, size, frees: names > 1 ? 0 : allocated });
    }
  }
  return { files: files.sort(byName), setAside };
}

/** The folders for digests in this one. */
export async function digestsIn(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
  return entries
    .filter((entry) => entry.isDirectory() && SHA256.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

async function lookIn(folder: string) {
  const found = [];
  for (const file of await filesIn(folder)) {
    const path = join(folder, file);
    const facts = await look(path).catch(ignoreMissing);
    if (facts !== undefined) found.push({ file, path, ...facts });
  }
  return found;
}

function byName(a: LibraryEntry, b: LibraryEntry): number {
  const [x, y] = [`${a.file} ${a.sha256}`, `${b.file} ${b.sha256}`];
  return x < y ? -1 : x > y ? 1 : 0;
}
