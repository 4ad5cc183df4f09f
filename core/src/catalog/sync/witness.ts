import { basename } from 'node:path';

import { parseChecksumList } from '../../verify/checksum-list.ts';
import type { EvidenceLevel } from '../../verify/evidence.ts';
import type { CatalogDocument, ImageDocument } from '../schema.ts';

/** How far the claims of a document went beyond what was seen. */
export interface CutClaims {
  readonly count: number;
  /** One of the images. */
  readonly image: string;
  /** What such a claim is worth. */
  readonly level: EvidenceLevel;
}

/** What was seen while a source was read: by this its claims are judged. */
export class Witness {
  /** `key file sha256` of each line of a list that was checked. */
  readonly #signed = new Set<string>();
  #fetched = false;
  #secure = true;

  /** A document that nobody has signed. */
  fetched(secure: boolean): void {
    this.#fetched = true;
    this.#secure &&= secure;
  }

  /** The text of a list whose signature was checked. */
  signed(text: string, key: string, url: string): void {
    // A list may name files in folders below it; an image is known by its file's name alone.
    for (const [name, { sha256 }] of parseChecksumList(text, url).files) {
      if (sha256 !== undefined) this.#signed.add(line(key, basename(name), sha256));
    }
  }

  /**
   * Sets the evidence of all images to what was seen. A checksum is as good as the connection it came over unless it
   * stands beside the file's name in a list that was checked, with the key that the image names.
   * @returns what was claimed to be signed and is not
   */
  judge(document: CatalogDocument): CutClaims | undefined {
    const otherwise: EvidenceLevel = this.#fetched && this.#secure ? 'tls' : 'none';
    const cut: string[] = [];
    for (const { id, releases = [] } of document.distributions) {
      for (const { version, images = [] } of releases) {
        for (const image of images) {
          const { evidence } = image;
          if (evidence === undefined || evidence.level === 'none' || this.#holds(image)) continue;
          if (evidence.level === 'signed') cut.push(`${id}/${version}/${image.variant}/${image.arch}`);
          const { key: _, ...rest } = evidence;
          image.evidence = { ...rest, level: otherwise };
        }
      }
    }
    const [image] = cut;
    return image === undefined ? undefined : { count: cut.length, image, level: otherwise };
  }

  #holds({ evidence, file, checksums }: ImageDocument): boolean {
    if (evidence?.level !== 'signed' || evidence.key === undefined || checksums === undefined) return false;
    return file !== undefined && this.#signed.has(line(evidence.key, file, checksums.sha256));
  }
}

function line(key: string, file: string, sha256: string): string {
  return `${key} ${file} ${sha256}`;
}
