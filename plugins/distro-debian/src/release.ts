import { oneLine, readIfSmall, type IsoContents } from '@loopstick/core';

/** What the image says of itself. */
export interface Release {
  /** `Debian 12.5.0`, or the whole line where it is not Debian's. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly debian: boolean;
  readonly line: string;
}

// `Official Debian GNU/Linux Live 12.5.0 gnome 2024-02-10T12:34`, `Debian GNU/Linux 12 (bookworm) amd64 - netboot …`
const DEBIAN = /\bDebian GNU\/Linux (?:Live )?(\d{1,2}(?:\.\d{1,2}){0,2})(?: \(([a-z]+)\))?/;

/** From /.disk/info; the network installer has it as /.disk/mini-info. */
export async function readRelease(iso: IsoContents, signal: AbortSignal): Promise<Release> {
  const texts = [await readIfSmall(iso, '/.disk/info', signal), await readIfSmall(iso, '/.disk/mini-info', signal)];
  const line = oneLine(texts.find((text) => text !== undefined) ?? '', 100);
  const match = DEBIAN.exec(line);
  if (match === null) return { name: line === '' ? undefined : shorten(line), version: undefined, debian: false, line };
  const [, version = '', codename] = match;
  const name = `Debian ${version}${codename === undefined ? '' : ` (${codename})`}`;
  return { name, version, debian: true, line };
}

/** Without what follows the name: ` - Official Snapshot amd64 …`, or the quoted name of the release. */
function shorten(line: string): string {
  const short = line.replace(/\s+(-\s|").*$/, '');
  return short === '' ? line : short;
}
