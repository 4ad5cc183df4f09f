import { basename } from 'node:path';

import { failure } from '../engine/errors.ts';
import { linesOfText } from './clear-text.ts';
import { algorithmOfHex, type Digests, type HashAlgorithm } from './digests.ts';
import { openInput } from './open-input.ts';
import { VERIFY_ERRORS } from './verify-errors.ts';

/** Bytes of the longest list that is read. Debian's longest have about 100 KiB. */
export const CHECKSUM_LIST_LIMIT: number = 1024 * 1024;

/** A list of checksums: for each file, under its name relative to the folder of the list, all that it says. */
export interface ChecksumList {
  readonly files: ReadonlyMap<string, Digests>;
  /** Bytes of those files whose sizes it tells, as those of Fedora and its relatives do. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Numbers of the lines, from 1, that say nothing to us: other algorithms, names that lead out of the folder, noise. */
  readonly ignored: readonly number[];
}

interface Entry {
  readonly name: string;
  readonly algorithm: HashAlgorithm;
  readonly digest: string;
}

/**
 * Reads a file as `sha256sum` and its kin write it.
 * @throws LoopstickError VERIFY_LIST_TOO_LARGE, VERIFY_LIST_UNREADABLE, VERIFY_LIST_CONTRADICTS, VERIFY_NOT_A_FILE,
 *   VERIFY_NOT_READABLE; the system's own errors
 */
export async function readChecksumList(path: string): Promise<ChecksumList> {
  const handle = await openInput(path);
  try {
    const bytes = Buffer.allocUnsafe(CHECKSUM_LIST_LIMIT + 1);
    let length = 0;
    // Without positions, so that a pipe will do.
    for (let last = -1; last !== 0 && length < bytes.length; length += last) {
      last = (await handle.read(bytes, length, bytes.length - length, null)).bytesRead;
    }
    if (length === bytes.length) throw failure(VERIFY_ERRORS.listTooLarge, { file: path, limit: CHECKSUM_LIST_LIMIT });
    return parseChecksumList(new TextDecoder().decode(bytes.subarray(0, length)), path);
  } finally {
    await handle.close();
  }
}

/**
 * Parses a list in the forms of GNU coreutils (`HEX  name`, `HEX *name`, with a backslash before escaped lines) and of
 * BSD (`SHA256 (name) = HEX`), with `#` comments, signed in clear or not; `name: 123 bytes`, mostly in a
 * comment, tells a size, and a heading `### B2SUMS:` of which algorithm the lines below are. Sources: the manual of GNU
 * coreutils, "cksum output modes"; md5(1) of FreeBSD; RFC 9580, section 7; for the sizes, the lists that Fedora, CentOS
 * and Rocky Linux publish; for the headings, that of GParted.
 * @param path of the list, for errors and because its name may say which algorithm it is of
 * @throws LoopstickError VERIFY_LIST_UNREADABLE, VERIFY_LIST_CONTRADICTS
 */
export function parseChecksumList(text: string, path: string): ChecksumList {
  const lines = linesOfText(text);
  if (lines === undefined) {
    throw failure(VERIFY_ERRORS.listUnreadable, {
      file: path,
      problem: 'its signed part has no clear beginning or end',
    });
  }
  const listName = basename(path);
  const files = new Map<string, Digests>();
  const sizes = new Map<string, number>();
  const ignored: number[] = [];
  let heading: string | undefined;
  for (const { number, text: line } of lines) {
    if (line.trim() === '') continue;
    heading = HEADING.exec(line)?.[1] ?? heading;
    const entry = line.startsWith('#') ? undefined : parseLine(line, heading ?? listName);
    if (entry === undefined) {
      const size = parseSize(line);
      if (size === undefined && !line.startsWith('#')) ignored.push(number);
      if (size === undefined) continue;
      if ((sizes.get(size.name) ?? size.bytes) !== size.bytes) {
        throw failure(VERIFY_ERRORS.listContradicts, { file: path, what: 'size', name: size.name, line: number });
      }
      sizes.set(size.name, size.bytes);
      continue;
    }
    const known = files.get(entry.name) ?? {};
    if ((known[entry.algorithm] ?? entry.digest) !== entry.digest) {
      throw failure(VERIFY_ERRORS.listContradicts, { file: path, what: 'checksum', name: entry.name, line: number });
    }
    files.set(entry.name, { ...known, [entry.algorithm]: entry.digest });
  }
  if (files.size === 0) {
    throw failure(VERIFY_ERRORS.listUnreadable, {
      file: path,
      problem: 'no line of it is a checksum with a file name',
    });
  }
  for (const name of sizes.keys()) if (!files.has(name)) sizes.delete(name);
  return { files, sizes, ignored };
}

/** A line of such a list, in the form of GNU coreutils: `HEX  name`, or `\\HEX  name` when the name had to be escaped. */
export function formatChecksumLine(name: string, digest: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${digest}  ${escaped}`;
}

const LONGEST_LINE = 10_000;
const HEADING = /^#+ *([A-Za-z0-9-]{1,16}sums):? *$/i;
// A name may hold U+2028 and U+2029, which are line breaks to a regular expression and to nobody else here.
const TAGGED = /^(\\?)([A-Za-z0-9-]+) ?\((.+)\) ?= ?([0-9A-Fa-f]+)$/s;
const PLAIN = /^(\\?)([0-9A-Fa-f]+)[ \t][ *]?(.+)$/s;

function parseLine(line: string, listName: string): Entry | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  const tagged = TAGGED.exec(line);
  const [, escape, hex = '', written = ''] =
    tagged === null ? (PLAIN.exec(line) ?? []) : [tagged[0], tagged[1], tagged[4], tagged[3]];
  const algorithm = algorithmOfHex(hex);
  const wanted = tagged === null ? byListName(listName, algorithm) : byTag(tagged[2] ?? '');
  const name = safeName(escape === '' ? written : unescape(written));
  if (algorithm === undefined || algorithm !== wanted || name === undefined) return undefined;
  return { name, algorithm, digest: hex.toLowerCase() };
}

const SIZE = /^(?:# )?(.+): (\d{1,15}) bytes$/s;

function parseSize(line: string): { readonly name: string; readonly bytes: number } | undefined {
  const [, written, bytes] = line.length > LONGEST_LINE ? [] : (SIZE.exec(line) ?? []);
  const name = safeName(written);
  return name === undefined ? undefined : { name, bytes: Number(bytes) };
}

const TAGS: Readonly<Record<string, HashAlgorithm>> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA512: 'sha512',
  'SHA2-256': 'sha256',
  'SHA2-512': 'sha512',
};

function byTag(tag: string): HashAlgorithm | undefined {
  return Object.hasOwn(TAGS, tag.toUpperCase()) ? TAGS[tag.toUpperCase()] : undefined;
}

/** What a list of this name, or below this heading, holds: other algorithms have digests of the same lengths. */
function byListName(listName: string, byLength: HashAlgorithm | undefined): HashAlgorithm | undefined {
  const name = listName.toLowerCase();
  if (/b[23]sum|blake[23]|sha3|ripemd|rmd|sha-?512[-_/](224|256)/.test(name)) return undefined;
  const [, said] = /(md5|sha-?1(?!\d)|sha-?256|sha-?512)/.exec(name) ?? [];
  return said === undefined || said.replace('-', '') === byLength ? byLength : undefined;
}

/** Undoes the escapes of coreutils; undefined when there are others. */
function unescape(written: string): string | undefined {
  const meanings: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r' };
  if (!/^(?:[^\\]|\\[\\nr])+$/.test(written)) return undefined;
  return written.replace(/\\[\\nr]/g, (escape) => meanings[escape] ?? escape);
}

/** The name as a path below the folder of the list; undefined when it is none. */
function safeName(name: string | undefined): string | undefined {
  if (name === undefined || name.startsWith('/') || name.includes('\0')) return undefined;
  const parts = name.split('/').filter((part) => part !== '.');
  return parts.length === 0 || parts.some((part) => part === '' || part === '..') ? undefined : parts.join('/');
}
