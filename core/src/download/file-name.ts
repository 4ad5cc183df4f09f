/** Names for downloaded files, made from what a server or a metalink says: always one plain component of a path. */
import { parse } from 'content-disposition';

/** What a file is called when nobody gives it a usable name. */
export const DEFAULT_FILE_NAME = 'download.bin';

// Any file system takes 255 bytes; the rest is for what we append while a file is on its way.
const MOST_BYTES = 200;
// Room in it for the `_` before a device's name.
const MOST_BYTES_CLEAN = MOST_BYTES - 1;
const LONGEST_EXTENSION = 20;

/** Devices on Windows, with any extension; a stick may be read there (Microsoft, "Naming Files, Paths, and Namespaces"). */
const DEVICE = /^(con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;
/** What our own files beside an unfinished download have in their names. */
const OWN = /\.part(?=$|\.(?:lock|resume))/gi;

/**
 * The name that a Content-Disposition header gives to the file (RFC 6266, `filename*` before `filename`), as it was
 * sent: not to be trusted.
 */
export function dispositionFileName(header: string): string | undefined {
  try {
    const name = parse(header).parameters['filename'];
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A name from outside as a plain file name: its last component, printable, not hidden, not to be taken for an option,
 * no device, none of our own suffixes, at most 200 bytes. A safe name stays as it is. Undefined when nothing is left.
 */
export function safeFileName(name: string): string | undefined {
  const base = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const plain = base
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    // What has come to stand side by side may combine.
    .normalize('NFC')
    .replace(/^[\s.-]+/, '');
  const clean = shorten(plain).replace(/[\s.]+$/, '');
  if (clean === '') return undefined;
  return `${DEVICE.test(clean) ? '_' : ''}${clean.replace(OWN, '_part')}`;
}

/**
 * A safe name for what is downloaded from an address: the one that the server sent, else the last component of the
 * address's path, else `download.bin`.
 */
export function fileNameFor(url: string, sent?: string): string {
  return (sent === undefined ? undefined : safeFileName(sent)) ?? nameInUrl(url) ?? DEFAULT_FILE_NAME;
}

function nameInUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const component = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return safeFileName(decodeURIComponent(component));
  } catch {
    // Not every % begins an escape.
    return safeFileName(component);
  }
}

/** Cuts the stem, not the extension, and no character in two. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MOST_BYTES_CLEAN) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= LONGEST_EXTENSION ? name.slice(dot) : '';
  let room = MOST_BYTES_CLEAN - Buffer.byteLength(extension);
  let stem = '';
  for (const character of name) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}
