import { printable } from '../../engine/errors.ts';
import { webAddress } from './addresses.ts';
import { MalformedList, MOST_LISTED, textOf, type ListedMirror } from './listed-mirror.ts';

/**
 * One address a line, best first, and comments that begin with `#`: MirrorManager's `/mirrorlist`, and what many others
 * publish. Addresses that are not of the web, such as `rsync:`, are left out.
 * @throws MalformedList, TypeError
 */
export function parseMirrorlist(document: Uint8Array): ListedMirror[] {
  const lines = textOf(document)
    .split(/\r?\n/, MOST_LISTED + 1)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length > MOST_LISTED) throw new MalformedList(`it has more than ${MOST_LISTED} lines`);
  return lines.flatMap((line) => {
    if (!/^[a-z][a-z0-9+.-]*:\S+$/i.test(line)) throw new MalformedList(`"${printable(line, 60)}" is no address`);
    const url = webAddress(line);
    return url === undefined ? [] : [{ url: url.href }];
  });
}
