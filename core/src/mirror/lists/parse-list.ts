import { failure, isLoopstickError, messageOf } from '../../engine/errors.ts';
import type { MirrorListFormat } from '../../engine/hooks.ts';
import { MIRROR_ERRORS } from '../mirror-errors.ts';
import { mirrorName } from '../mirror-name.ts';
import { reachOf, type Reach } from './addresses.ts';
import { parseLaunchpad } from './launchpad.ts';
import { MalformedList, type ListedMirror } from './listed-mirror.ts';
import { parseMetalinkList } from './metalink.ts';
import { parseMirrorcache } from './mirrorcache.ts';
import { parseMirrorlist } from './mirrorlist.ts';

/** A list that is there to be read: where it is, and what of it is wanted. */
export interface ListAddress {
  readonly format: MirrorListFormat;
  readonly url: string;
  /** The name of the wanted file. */
  readonly file: string;
}

type Parser = (document: Uint8Array, file: string) => ListedMirror[] | Promise<ListedMirror[]>;

const PARSERS: Readonly<Record<MirrorListFormat, Parser>> = {
  metalink: parseMetalinkList,
  mirrorlist: parseMirrorlist,
  mirrorcache: parseMirrorcache,
  launchpad: parseLaunchpad,
};

/**
 * The mirrors of a list, best first; at least one. Nothing of a vendor's list is right when there is none in it: more
 * likely something else has answered.
 * @throws LoopstickError MIRROR_LIST_MALFORMED
 */
export async function parseList(document: Uint8Array, { format, url, file }: ListAddress): Promise<ListedMirror[]> {
  try {
    if (isWebPage(document)) throw new MalformedList('it is a web page');
    const mirrors = await PARSERS[format](document, file);
    const usable = mirrors.filter((mirror) => isFor(url, mirror.url));
    if (usable.length === 0) throw new MalformedList('it has no mirror that can be used');
    return usable;
  } catch (error) {
    const problem = messageOf(isLoopstickError(error) ? error.cause : error);
    throw failure(MIRROR_ERRORS.listMalformed, { list: mirrorName(url), problem }, { cause: error });
  }
}

function isWebPage(document: Uint8Array): boolean {
  const start = Buffer.from(document.subarray(0, 1000)).toString('latin1');
  return /^[\s\u00bb\u00bf\u00ef]*<(?:!doctype\s+html|html|head|body|script|meta)\b/i.test(start);
}

const REACHES: readonly Reach[] = ['machine', 'network', 'world'];

/** A list from elsewhere has no business with the services of this machine, nor with those of the user's network. */
function isFor(list: string, mirror: string): boolean {
  return REACHES.indexOf(reachOf(new URL(mirror))) >= REACHES.indexOf(reachOf(new URL(list)));
}
