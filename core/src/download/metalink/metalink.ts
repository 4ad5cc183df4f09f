import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { failure, messageOf, reasonOf, systemCode } from '../../engine/errors.ts';
import { openInput } from '../../verify/open-input.ts';
import { DIALECTS, Malformed, within } from './dialect.ts';
import { METALINK_ERRORS } from './metalink-errors.ts';
import { readFile, type MetalinkFile } from './metalink-file.ts';
import { parseXml, type XmlElement } from './xml.ts';

/** The largest metalink that is read, in bytes. */
export const METALINK_LIMIT: number = 10 * 1024 * 1024;
const MOST_FILES = 1000;
const MOST_URLS = 10_000;

/** True for the names of metalinks: `.meta4` and `.metalink`. */
export function isMetalinkName(name: string): boolean {
  return /\.(meta4|metalink)$/i.test(name);
}

/** @throws LoopstickError FILE_NOT_FOUND, METALINK_UNREADABLE, METALINK_MALFORMED; the signal's reason */
export async function readMetalink(path: string, signal: AbortSignal): Promise<MetalinkFile[]> {
  const chunks: Buffer[] = [];
  try {
    // One byte more than allowed shows that there is more.
    const stream = (await openInput(path)).createReadStream({ end: METALINK_LIMIT, signal });
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    signal.throwIfAborted();
    if (systemCode(error) === 'ENOENT') throw failure(ENGINE_ERRORS.fileMissing, { file: path }, { cause: error });
    throw failure(METALINK_ERRORS.unreadable, { source: path, problem: reasonOf(error) }, { cause: error });
  }
  return parseMetalink(Buffer.concat(chunks), path);
}

/**
 * The files of a metalink, version 4 (RFC 5854) or 3, as MirrorBrain, MirrorCache and MirrorManager write them.
 * @param source what errors call it
 * @throws LoopstickError METALINK_MALFORMED
 */
export async function parseMetalink(document: Uint8Array, source: string): Promise<MetalinkFile[]> {
  try {
    return readFiles(await parseXml(textOf(document)));
  } catch (error) {
    throw failure(METALINK_ERRORS.malformed, { source, problem: messageOf(error) }, { cause: error });
  }
}

function textOf(document: Uint8Array): string {
  if (document.length > METALINK_LIMIT) throw new Malformed(`it is larger than ${METALINK_LIMIT} bytes`);
  return new TextDecoder('utf-8', { fatal: true }).decode(document);
}

function readFiles(root: XmlElement): MetalinkFile[] {
  const dialect = root.name === 'metalink' ? DIALECTS.get(root.namespace) : undefined;
  if (dialect === undefined) throw new Malformed('it is neither Metalink 3 nor 4');
  const elements = within(root, [...dialect.files, 'file']);
  if (elements.length === 0) throw new Malformed('it has no file');
  if (elements.length > MOST_FILES) throw new Malformed(`it has more than ${MOST_FILES} files`);
  const files = elements.map((file) => readFile(file, dialect));
  if (files.reduce((sum, { urls }) => sum + urls.length, 0) > MOST_URLS) {
    throw new Malformed(`it has more than ${MOST_URLS} addresses`);
  }
  const names = new Set<string>();
  for (const { name } of files) {
    // Not every file system tells capitals from small letters.
    if (names.has(name.toLowerCase())) throw new Malformed(`two files are called ${name}`);
    names.add(name.toLowerCase());
  }
  return files;
}
