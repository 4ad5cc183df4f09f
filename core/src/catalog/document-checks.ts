/** What a schema cannot say of a catalog document: each id is given once, and each origin that is named is there. */
import type { CatalogDocument, OriginMap } from './schema.ts';

export interface DocumentIssue {
  readonly path: (string | number)[];
  readonly message: string;
}

export function checkReferences(document: CatalogDocument): DocumentIssue[] {
  const issues: DocumentIssue[] = [];
  const origin = (id: string | undefined, path: DocumentIssue['path']): void => {
    if (id !== undefined && !Object.hasOwn(document.origins, id)) {
      issues.push({ path, message: `names the origin "${id}", which is not in "origins"` });
    }
  };
  const provenance = (map: OriginMap | undefined, path: DocumentIssue['path']): void => {
    for (const [field, id] of Object.entries(map ?? {})) origin(id, [...path, 'provenance', field]);
  };
  const once = (seen: Set<string>, id: string, path: DocumentIssue['path']): void => {
    if (seen.has(id)) issues.push({ path, message: `is there twice: "${id}"` });
    seen.add(id);
  };

  const distributions = new Set<string>();
  for (const [d, distribution] of document.distributions.entries()) {
    const atDistribution = ['distributions', d];
    once(distributions, distribution.id, atDistribution);
    provenance(distribution.provenance, atDistribution);
    const releases = new Set<string>();
    for (const [r, release] of distribution.releases.entries()) {
      const atRelease = [...atDistribution, 'releases', r];
      once(releases, release.version, atRelease);
      provenance(release.provenance, atRelease);
      const images = new Set<string>();
      for (const [i, image] of release.images.entries()) {
        const atImage = [...atRelease, 'images', i];
        once(images, `${image.variant}/${image.arch}`, atImage);
        provenance(image.provenance, atImage);
        origin(image.evidence?.origin, [...atImage, 'evidence', 'origin']);
      }
    }
  }
  return issues;
}
