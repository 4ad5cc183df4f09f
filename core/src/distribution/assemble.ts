import {
  CATALOG_SCHEMA_MAJOR,
  CATALOG_SCHEMA_MINOR,
  type CatalogDocument,
  type ImageDocument,
  type ReleaseDocument,
} from '../catalog/schema.ts';
import { compareVersions } from '../catalog/version-order.ts';
import type { DistributionDescription } from './description.ts';
import { imageDocument } from './image-document.ts';
import { Origins } from './origins.ts';
import type { ProvenImage } from './prove.ts';
import { factsOf, type ReleaseFacts } from './release-facts.ts';
import { Template } from './template.ts';

/** The catalog document of what was read. The same images make the same document. */
export function assemble(
  description: DistributionDescription,
  images: readonly ProvenImage[],
  now: Date,
): CatalogDocument {
  const origins = new Origins(description.distribution.name);
  const releases = new Map<string, { facts: ReleaseFacts; images: ImageDocument[] }>();
  const seen = new Set<string>();
  for (const image of images) {
    const { version, variant, arch } = image.candidate;
    // Lists may overlap; the first that names an image counts.
    const id = `${version}/${variant}/${arch}`;
    if (seen.has(id)) continue;
    seen.add(id);
    const release = releases.get(version) ?? { facts: factsOf(description, version, codenameOf(image)), images: [] };
    release.images.push(imageDocument(image, origins, now));
    releases.set(version, release);
  }
  const { id, name, homepage, summary } = description.distribution;
  const known = description.origin === undefined ? undefined : origins.add('known', description.origin);
  const documents = [...releases].map(([version, release]): ReleaseDocument => ({
    version,
    ...release.facts,
    images: release.images,
    ...(known === undefined ? {} : { provenance: { '*': known } }),
  }));
  return {
    schema: { major: CATALOG_SCHEMA_MAJOR, minor: CATALOG_SCHEMA_MINOR },
    origins: origins.all,
    distributions: [
      {
        id,
        name,
        ...(homepage === undefined ? {} : { homepage }),
        ...(summary === undefined ? {} : { summary }),
        releases: documents.sort((a, b) => compareVersions(b.version, a.version)),
      },
    ],
  };
}

/** What the list itself says of the release's name. */
function codenameOf({ candidate: { rule, values } }: ProvenImage): string | undefined {
  return rule.codename === undefined ? undefined : new Template(rule.codename).fill(values);
}
