/**
 * What manifests said when they were read and checked last. At each start all of them are wanted, and to check a hundred
 * takes longer than all else that the start does; so only how their files look is compared: sizes, times and inodes.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Context } from '../engine/context.ts';
import { systemCode } from '../engine/errors.ts';
import { ENGINE_VERSION } from '../engine/version.ts';
import type { DataManifest, ManifestBlock } from './manifest-schema.ts';
import { DATA_MANIFEST } from './own-document.ts';

/** A manifest in either form, with the place of its block in the file. */
export interface FoundManifest {
  readonly file: string;
  readonly block: ManifestBlock | DataManifest;
  /** `loopstick.` in a package.json. */
  readonly prefix: string;
  readonly version: string;
  readonly description: string;
}

interface Note {
  readonly look: string;
  readonly found: FoundManifest;
}

interface Notes {
  /** Which engine has checked them: another one may find fault with what this one did not. */
  readonly engine: string;
  /** By folder. */
  readonly manifests: Readonly<Record<string, Note>>;
}

/** A file that was changed this short a time ago may change once more and look the same: times come in ticks. */
const SETTLED_MS = 2000;

/**
 * Notes in a file, whose first line is the hash of the rest: what this engine has written it need not check again. It is
 * a cache: what cannot be read, was damaged or cannot be written is as if it had never been there.
 */
export class KnownManifests {
  readonly #file: string;
  readonly #context: Pick<Context, 'now' | 'random'>;
  readonly #before: ReadonlyMap<string, Note>;
  readonly #engine: string = engineLook();
  /** Those of folders that were asked about. */
  readonly #notes = new Map<string, Note>();
  #isNew = false;

  constructor(file: string, context: Pick<Context, 'now' | 'random'>) {
    this.#file = file;
    this.#context = context;
    this.#before = new Map(Object.entries(read(file, this.#engine)));
  }

  /** What the manifest in this folder is known to say. */
  of(directory: string): FoundManifest | undefined {
    const note = this.#before.get(directory);
    if (note?.look !== lookAt(directory).look) return undefined;
    this.#notes.set(directory, note);
    return note.found;
  }

  /** @param found has just been read from this folder, and nothing is wrong with it */
  add(directory: string, { block, ...found }: FoundManifest): void {
    const { look, file, changedMs } = lookAt(directory);
    if (file !== found.file || this.#context.now().getTime() - changedMs < SETTLED_MS) return;
    this.#notes.set(directory, { look, found: { ...found, block: withoutDocuments(block) } });
    this.#isNew = true;
  }

  /** Writes the notes, if there is something to write; those of folders that nobody has asked about are dropped. */
  async keep(): Promise<void> {
    if (!this.#isNew && this.#notes.size === this.#before.size) return;
    const notes: Notes = { engine: this.#engine, manifests: Object.fromEntries(this.#notes) };
    const text = JSON.stringify(notes);
    const temporary = `${this.#file}.${Buffer.from(this.#context.random(6)).toString('hex')}.tmp`;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(temporary, `${seal(text)}\n${text}`, { flag: 'wx' });
      await rename(temporary, this.#file);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

function read(file: string, engine: string): Notes['manifests'] {
  try {
    const content = readFileSync(file, 'utf8');
    const end = content.indexOf('\n');
    const text = content.slice(end + 1);
    if (end < 0 || content.slice(0, end) !== seal(text)) return {};
    const notes = JSON.parse(text) as Notes;
    return notes.engine === engine ? notes.manifests : {};
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return {};
  }
}

function seal(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Its version, and which build of it: while it is worked on, the version says little. */
function engineLook(): string {
  const { size, mtimeMs } = statSync(fileURLToPath(import.meta.url));
  return `${ENGINE_VERSION} ${size} ${mtimeMs}`;
}

/** The file that has the manifest, if it is where it is looked for first, and how it looks. */
function lookAt(directory: string): { look: string; file: string; changedMs: number } {
  for (const name of ['package.json', DATA_MANIFEST]) {
    const file = join(directory, name);
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) continue;
    const look = [name, stat.dev, stat.ino, stat.mode, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
    return { look, file, changedMs: Number(stat.ctimeMs) };
  }
  return { look: '', file: '', changedMs: Infinity };
}

/** A document in a manifest is read from its file when it is wanted; here it only has to be seen that there is one. */
function withoutDocuments<Block extends ManifestBlock | DataManifest>(block: Block): Block {
  const parts = Object.entries(block.contributes).map(([part, place]: [string, unknown]) => [
    part,
    typeof place === 'string' ? place : {},
  ]);
  return { ...block, contributes: Object.fromEntries(parts) as Block['contributes'] };
}
