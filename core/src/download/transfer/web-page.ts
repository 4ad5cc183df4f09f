import { extname } from 'node:path';

import type { RangeResponse } from '../../engine/hooks.ts';

/** The file that was asked for, as far as it is known: its name, path or address, and its size in bytes. */
export interface WantedFile {
  readonly name: string;
  readonly size: number | undefined;
}

/** Whether an answer is a web page in the place of the file, such as one to log in. */
export function isWebPage(
  { mediaType, total }: Pick<RangeResponse, 'mediaType' | 'total'>,
  wanted: WantedFile,
): boolean {
  const isPage = mediaType === 'text/html' || mediaType === 'application/xhtml+xml';
  if (!isPage || isWebName(wanted.name)) return false;
  // Some servers call everything text/html; then the size is right all the same.
  return wanted.size === undefined || total !== wanted.size;
}

/** Whether a file of this name may well be a web page. */
export function isWebName(name: string): boolean {
  return ['.html', '.htm', '.xhtml', '.xml', '.svg'].includes(extname(name).toLowerCase());
}
