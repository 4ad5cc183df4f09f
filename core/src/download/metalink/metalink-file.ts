import { printable } from '../../engine/errors.ts';
import { algorithmOfHex, HASH_ALGORITHMS, type Digests, type HashAlgorithm } from '../../verify/digests.ts';
import type { PieceDigests } from '../../verify/piece-digests.ts';
import { safeFileName } from '../file-name.ts';
import { Malformed, within, type Dialect } from './dialect.ts';
import type { XmlElement } from './xml.ts';

/** A file that a metalink describes. */
export interface MetalinkFile {
  /** A plain file name; folders in front of it are left out. */
  readonly name: string;
  /** In bytes. */
  readonly size?: number | undefined;
  /** Of the algorithms we know; the others are left out. */
  readonly digests: Digests;
  readonly pieces?: PieceDigests | undefined;
  /** Best first. Only http and https; there may be none. */
  readonly urls: readonly MetalinkUrl[];
}

export interface MetalinkUrl {
  readonly url: string;
  /** ISO 3166-1 country code, in lower case. */
  readonly location?: string | undefined;
}

/** @throws Malformed */
export function readFile(file: XmlElement, dialect: Dialect): MetalinkFile {
  const name = readName(file.attributes.get('name') ?? '');
  const size = readSize(file, name);
  const hashes = within(file, [...dialect.hashes, 'hash']);
  const pieces = within(file, [...dialect.hashes, 'pieces']);
  return {
    name,
    size,
    digests: readDigests(hashes, name),
    pieces: strongest(pieces.map((element) => readPieces(element, size, name))),
    urls: readUrls(within(file, [...dialect.urls, 'url']), dialect),
  };
}

/** RFC 5854, 4.1.2.1: the name may have folders in front, but must not lead out of the folder that it is for. */
function readName(given: string): string {
  const leadsOut = /^[/]|^[a-z]:|\\/i.test(given) || given.split('/').some((part) => /^\.{0,2}$/.test(part));
  const name = leadsOut ? undefined : safeFileName(given);
  if (name === undefined) throw new Malformed(`"${printable(given, 100)}" is no name for a file`);
  return name;
}

function readSize(file: XmlElement, name: string): number | undefined {
  const sizes = new Set(within(file, ['size']).map(({ text }) => text));
  if (sizes.size > 1) throw new Malformed(`${name} has several sizes`);
  const [text] = sizes;
  return text === undefined ? undefined : readCount(text, `the size of ${name}`);
}

/** A hash whose length is not that of its algorithm would never agree with anything: the document is damaged. */
function readDigests(hashes: readonly XmlElement[], name: string): Digests {
  const digests: Partial<Record<HashAlgorithm, string>> = {};
  for (const hash of hashes) {
    const algorithm = algorithmOf(hash);
    if (algorithm === undefined) continue;
    const digest = readDigest(hash, algorithm, name);
    if ((digests[algorithm] ?? digest) !== digest) throw new Malformed(`${name} has two ${algorithm} digests`);
    digests[algorithm] = digest;
  }
  return digests;
}

function readDigest({ text }: XmlElement, algorithm: HashAlgorithm, name: string): string {
  if (algorithmOfHex(text) !== algorithm) throw new Malformed(`a ${algorithm} digest of ${name} is none`);
  return text.toLowerCase();
}

/** IANA's "Hash Function Textual Names" (`sha-256`) in version 4, without the hyphen in version 3. */
function algorithmOf({ attributes }: XmlElement): HashAlgorithm | undefined {
  const name = (attributes.get('type') ?? '').toLowerCase().replace('-', '');
  return HASH_ALGORITHMS.find((algorithm) => algorithm === name);
}

/** Undefined when the algorithm is unknown, and without a size, which tells how long the last piece is. */
function readPieces(pieces: XmlElement, size: number | undefined, name: string): PieceDigests | undefined {
  const algorithm = algorithmOf(pieces);
  if (algorithm === undefined || size === undefined) return undefined;
  const length = readCount(pieces.attributes.get('length') ?? '', `the length of the pieces of ${name}`);
  const hashes = within(pieces, ['hash']);
  if (length === 0 || hashes.length !== Math.ceil(size / length)) {
    throw new Malformed(`the pieces of ${name} do not make up its size`);
  }
  // Version 3 numbers them. The order is that of the document all the same, unless somebody mixed them up.
  if (hashes.some(({ attributes }, index) => Number(attributes.get('piece') ?? index) !== index)) {
    throw new Malformed(`the pieces of ${name} are out of order`);
  }
  return { algorithm, length, digests: hashes.map((hash) => readDigest(hash, algorithm, name)) };
}

function strongest(candidates: readonly (PieceDigests | undefined)[]): PieceDigests | undefined {
  const strength = ({ algorithm }: PieceDigests): number => HASH_ALGORITHMS.indexOf(algorithm);
  return candidates
    .filter((pieces) => pieces !== undefined)
    .sort((a, b) => strength(b) - strength(a))
    .at(0);
}

const LAST = 1_000_000;

function readUrls(elements: readonly XmlElement[], { rank }: Dialect): MetalinkUrl[] {
  const urls = elements
    // In version 3 the address of a torrent stands among them.
    .filter(({ text, attributes }) => isWebAddress(text) && /^(https?)?$/.test(attributes.get('type') ?? ''))
    .map((element) => ({ element, rank: rank(element) ?? LAST }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ element: { text: url, attributes } }): [string, MetalinkUrl] => {
      const location = attributes.get('location')?.toLowerCase();
      return [url, location !== undefined && /^[a-z]{2}$/.test(location) ? { url, location } : { url }];
    });
  const best = new Map<string, MetalinkUrl>();
  for (const [url, entry] of urls) if (!best.has(url)) best.set(url, entry);
  return [...best.values()];
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\/[\x21-\x7e]{1,2000}$/i.test(text) && URL.canParse(text);
}

/** A whole number of bytes. */
function readCount(text: string, what: string): number {
  const count = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(count)) throw new Malformed(`${what} is "${printable(text, 40)}"`);
  return count;
}
