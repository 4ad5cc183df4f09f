import { parseMetalink } from '../../download/metalink/metalink.ts';
import { webAddress } from './addresses.ts';
import { MalformedList, type ListedMirror } from './listed-mirror.ts';

/**
 * A metalink, version 3 or 4, as MirrorManager, MirrorBrain and MirrorCache make one for each file.
 * @param file what is wanted of those that it describes
 * @throws LoopstickError METALINK_MALFORMED; MalformedList
 */
export async function parseMetalinkList(document: Uint8Array, file: string): Promise<ListedMirror[]> {
  const files = await parseMetalink(document, 'of mirrors');
  const wanted = files.find(({ name }) => name === file);
  if (wanted === undefined) throw new MalformedList(`it is not about ${file}`);
  return wanted.urls.flatMap(({ url: text, location }) => {
    const url = webAddress(text);
    return url === undefined ? [] : [{ url: url.href, country: location }];
  });
}
