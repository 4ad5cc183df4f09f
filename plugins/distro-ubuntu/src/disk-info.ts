import { oneLine } from '@loopstick/core';

/** What /.disk/info says, in one line for people: `Ubuntu-Server 24.04.2 LTS "Noble Numbat" - Release amd64 (…)`. */
export interface DiskInfo {
  /** `Ubuntu Server 24.04.2 LTS`; the label where there is nothing better. */
  readonly title: string;
  readonly version: string | undefined;
  /** One of Ubuntu's own images, so that the catalog's Ubuntu is meant. */
  readonly ubuntu: boolean;
  readonly server: boolean;
  /** Its kernel is one that Canonical signed. */
  readonly canonical: boolean;
}

const LINE = /^(?<name>[^"]+?) (?<version>\d{1,4}(?:\.\d{1,4}){0,3})(?<lts> LTS)?(?: "|$| - )/;
// The flavours, and the derivatives that ship Ubuntu's kernels unchanged.
const CANONICAL = /^(?:[A-Za-z]*ubuntu\b|linux ?mint\b|zorin\b)/i;

export function parseDiskInfo(text: string | undefined, label: string): DiskInfo {
  const line = oneLine(text ?? '', 100) || oneLine(label, 32) || 'Live system';
  const groups = LINE.exec(line)?.groups;
  const name = groups?.['name'] ?? line;
  const version = groups?.['version'];
  const ubuntu = version !== undefined && /^ubuntu(-server)?$/i.test(name);
  return {
    // "Ubuntu-Server", "Ubuntu-MATE": the hyphen is only there because the name was once a word without blanks.
    title: version === undefined ? line : `${name.replace(/^Ubuntu-/, 'Ubuntu ')} ${version}${groups?.['lts'] ?? ''}`,
    version,
    ubuntu,
    server: /\bserver\b/i.test(name),
    canonical: CANONICAL.test(name),
  };
}
