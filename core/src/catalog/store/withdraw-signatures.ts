import type { EvidenceLevel } from '../../verify/evidence.ts';
import type { CutClaims } from '../sync/witness.ts';
import type { CatalogDocument } from '../schema.ts';
import type { Pins } from './reading-rules.ts';

/**
 * Takes the evidence `signed` from the images whose key may not sign them any more.
 * @param document is changed
 * @param level what they are worth without
 * @returns what was taken
 */
export function withdrawSignatures(document: CatalogDocument, pins: Pins, level: EvidenceLevel): CutClaims | undefined {
  const taken: string[] = [];
  for (const { id, releases = [] } of document.distributions) {
    for (const { version, images = [] } of releases) {
      for (const image of images) {
        const { evidence } = image;
        if (evidence?.level !== 'signed' || (evidence.key !== undefined && pins(evidence.key, version))) continue;
        const { key: _, ...rest } = evidence;
        image.evidence = { ...rest, level };
        taken.push(`${id}/${version}/${image.variant}/${image.arch}`);
      }
    }
  }
  const [image] = taken;
  return image === undefined ? undefined : { count: taken.length, image, level };
}
