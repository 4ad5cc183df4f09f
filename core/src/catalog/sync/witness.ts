import { basename } from 'node:path';

import { parseChecksumList } from '../../verify/checksum-list.ts';
import type { EvidenceLevel } from '../../verify/evidence.ts';
import type { CatalogDocument, ImageDocument } from '../schema.ts';

/** Claims of a document that went beyond what was seen. */
export interface CutClaims {
  readonly count: number;
  /** One of the images. */
  readonly image: string;
  /** What such a claim is worth. */
  readonly level: EvidenceLevel;
}

export interface Judgement {
  readonly cut: CutClaims | undefined;
  /** Images that were taken out. */
  readonly outdated: Pick<CutClaims, 'count' | 'image'> | undefined;
  /** `distribution/version/file` of each signed image → when the newest list was signed that vouches for it. */
  readonly vouched: ReadonlyMap<string, Date>;
}

export interface SignedBy {
  readonly key: string;
  readonly url: string;
  readonly created: Date;
}

/** What was seen while a source was read: by this its claims are judged. */
export class Witness {
  /** `key file sha256` of each line of a list that was checked → when the newest such list was signed. */
  readonly #signed = new Map<string, Date>();
  #fetched = false;
  #secure = true;

  /** A document that nobody has signed. */
  fetched(secure: boolean): void {
    this.#fetched = true;
    this.#secure &&= secure;
  }

  /** What a claim is worth that no signature vouches for. */
  get unsigned(): 'tls' | 'none' {
    return this.#fetched && this.#secure ? 'tls' : 'none';
  }

  /** The text of a list whose signature was checked. */
  signed(text: string, { key, url, created }: SignedBy): void {
    // A list may name files in folders below it; an image is known by its file's name alone.
    for (const [name, { sha256 }] of parseChecksumList(text, url).files) {
      if (sha256 === undefined) continue;
      const entry = line(key, basename(name), sha256);
      const other = this.#signed.get(entry);
      if (other === undefined || other < created) this.#signed.set(entry, created);
    }
  }

  /**
   * Sets the evidence of all images to what was seen. A checksum is as good as the connection it came over unless it
   * stands beside the file's name in a list that was checked, with the key that the image names. An image goes whose
   * list was signed before one that vouched for it earlier: where a list stands is chosen by documents that nobody signs.
   *
   * @param document is changed
   * @param seen `vouched` of earlier, in ISO 8601
   */
  judge(document: CatalogDocument, seen: Readonly<Record<string, string>>): Judgement {
    const cut: string[] = [];
    const outdated: string[] = [];
    const vouched = new Map<string, Date>();
    for (const { id, releases = [] } of document.distributions) {
      for (const release of releases) {
        const { version, images } = release;
        const current = images.filter((image) => {
          const { evidence } = image;
          if (evidence === undefined || evidence.level === 'none') return true;
          const name = `${id}/${version}/${image.variant}/${image.arch}`;
          const created = this.#vouches(image);
          if (created === undefined) {
            if (evidence.level === 'signed') cut.push(name);
            const { key: _, ...rest } = evidence;
            image.evidence = { ...rest, level: this.unsigned };
            return true;
          }
          const file = `${id}/${version}/${image.file}`;
          const before = Object.hasOwn(seen, file) ? seen[file] : undefined;
          if (before !== undefined && created.getTime() < Date.parse(before)) {
            outdated.push(name);
            return false;
          }
          vouched.set(file, created);
          return true;
        });
        if (current.length < images.length) release.images = current;
      }
    }
    const { unsigned: level } = this;
    return {
      cut: cut[0] === undefined ? undefined : { count: cut.length, image: cut[0], level },
      outdated: outdated[0] === undefined ? undefined : { count: outdated.length, image: outdated[0] },
      vouched,
    };
  }

  /** When the newest list was signed that vouches for an image. */
  #vouches({ evidence, file, checksums }: ImageDocument): Date | undefined {
    if (evidence?.level !== 'signed' || evidence.key === undefined || checksums === undefined) return undefined;
    return file === undefined ? undefined : this.#signed.get(line(evidence.key, file, checksums.sha256));
  }
}

function line(key: string, file: string, sha256: string): string {
  return `${key} ${file} ${sha256}`;
}
