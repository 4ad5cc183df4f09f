import { withoutEnd } from '../clear-text.ts';

/**
 * The bytes of all ASCII-armoured blocks of one kind in a text, one after another: RFC 9580, section 6.2. What stands
 * between blocks is passed over. Stricter than the library's own reader, which takes a block without an end or with
 * noise in it. The checksum is not looked at (section 6.1 forbids to refuse anything for it).
 * Undefined when there is no block, or one of them is not whole.
 */
export function dearmour(text: string, kind: 'SIGNATURE' | 'PUBLIC KEY BLOCK'): Uint8Array | undefined {
  const parts: Buffer[] = [];
  let block: string[] | undefined;
  for (const line of text.split('\n').map(withoutEnd)) {
    if (block === undefined) {
      if (line === `-----BEGIN PGP ${kind}-----`) block = [];
      continue;
    }
    if (line === `-----END PGP ${kind}-----`) {
      const bytes = bytesOf(block);
      if (bytes === undefined) return undefined;
      parts.push(bytes);
      block = undefined;
    } else if (line.startsWith('-')) return undefined;
    else block.push(line);
  }
  return block === undefined && parts.length > 0 ? Buffer.concat(parts) : undefined;
}

const CHECKSUM = /^=[A-Za-z0-9+/]{4}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What is in a block: headers, an empty line, base64, perhaps a checksum. */
function bytesOf(lines: readonly string[]): Buffer | undefined {
  const blank = lines.indexOf('');
  if (blank === -1 || lines.slice(0, blank).some((header) => !header.includes(':'))) return undefined;
  const body = lines.slice(blank + 1).filter((line) => line !== '');
  if (CHECKSUM.test(body.at(-1) ?? '')) body.pop();
  const base64 = body.join('');
  return BASE64.test(base64) && base64.length % 4 === 0 ? Buffer.from(base64, 'base64') : undefined;
}
