import type { Readable } from 'node:stream';

import { failure } from '../engine/errors.ts';
import type { Runner } from '../engine/run.ts';
import { ISO_SECTOR } from './iso-volume.ts';
import { RECIPE_ERRORS } from './recipe-errors.ts';

/** Where a part of a file lies: its first block (2048 bytes each) in the image, and its length in bytes. */
export interface IsoExtent {
  readonly block: number;
  readonly bytes: number;
}

export interface IsoFile {
  readonly size: number;
  /** Files of 4 GiB and more have several. */
  readonly extents: readonly IsoExtent[];
}

// More than any distribution's image has; beyond this it is an attack or an archive and no boot medium.
const FILE_LIMIT = 100_000;
const LINE_LIMIT = 64 * 1024;

/**
 * All regular files of an image, by path. Nothing is mounted or unpacked: one run of xorriso reports names and places.
 *
 * @param path absolute
 * @throws LoopstickError ISO_UNREADABLE, TOOL_MISSING, TOOL_FAILED; the signal's reason when aborted.
 */
export async function listIso(path: string, runner: Runner, signal: AbortSignal): Promise<Map<string, IsoFile>> {
  const args = [
    // Not the settings of whoever runs this.
    '-no_rc',
    // Control and non-ASCII bytes as escapes, so that a record is one line whatever the name.
    ...['-backslash_codes', 'encode_output:encode_results'],
    // A damaged image shall fail and not give half a listing.
    ...['-abort_on', 'FAILURE', '-return_with', 'FAILURE', '32'],
    // With the prefix no name can be taken for a drive or an option.
    ...['-indev', `stdio:${path}`],
    ...['-find', '/', '-type', 'f', '-exec', 'report_lba', '--'],
  ];
  return runner.stream('xorriso', args, { signal }, (output) => readListing(path, output));
}

async function readListing(path: string, output: Readable): Promise<Map<string, IsoFile>> {
  const tooMuch = (what: string): Error =>
    failure(RECIPE_ERRORS.unreadable, { file: path, problem: `it holds ${what}` });
  const files = new Map<string, { size: number; extents: IsoExtent[] }>();
  let rest = '';
  for await (const chunk of output as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LIMIT) throw tooMuch('a file with an endless name');
    for (const line of lines) {
      const record = parseRecord(line);
      if (record === undefined) continue;
      const { name, size, extent } = record;
      const known = files.get(name);
      if (known === undefined) files.set(name, { size, extents: [extent] });
      else known.extents.push(extent);
      if (files.size > FILE_LIMIT) throw tooMuch(`more than ${FILE_LIMIT} files`);
    }
  }
  return files;
}

// "File data lba:  0 ,       49 ,     1169 ,  2392304 , '/boot/grub/fonts/unicode.pf2'": number of the extent, first
// block, blocks, size of the whole file.
const RECORD = /^File data lba: +(\d+) , +(\d+) , +(\d+) , +(\d+) , ('.*')$/;

function parseRecord(line: string): { name: string; size: number; extent: IsoExtent } | undefined {
  const match = RECORD.exec(line);
  if (match === null) return undefined;
  const [, , block, blocks, size, quoted = ''] = match;
  const extent = { block: Number(block), bytes: Number(blocks) * ISO_SECTOR };
  return { name: decodeName(quoted), size: Number(size), extent };
}

const ESCAPES: ReadonlyMap<string, number> = new Map([
  ...([
    ['a', 7],
    ['b', 8],
    ['e', 27],
    ['f', 12],
    ['n', 10],
    ['r', 13],
    ['t', 9],
    ['v', 11],
  ] as const),
]);

/**
 * A name as xorriso prints it: in single quotes, a single quote itself as `'"'"'`, and with the escapes of its command
 * -backslash_codes. Bytes that are not UTF-8 become U+FFFD.
 */
function decodeName(quoted: string): string {
  const text = quoted.slice(1, -1).replaceAll(`'"'"'`, "'");
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  for (const [, code, plain = ''] of text.matchAll(/\\([0-7]{3}|x[0-9a-fA-F]{2}|.)|([^\\]+)/gs)) {
    if (code === undefined) bytes.push(...Buffer.from(plain, 'latin1'));
    else if (code.length === 1) bytes.push(ESCAPES.get(code) ?? code.charCodeAt(0));
    else bytes.push(code.startsWith('x') ? parseInt(code.slice(1), 16) : parseInt(code, 8));
  }
  return Buffer.from(bytes).toString('utf8');
}
