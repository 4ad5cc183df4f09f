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
  const all = [description.distribution, ...description.siblings];
  const origins = new Origins(all);
  const known = description.origin === undefined ? undefined : origins.known(description.origin);
  const distributions = all.flatMap((described) => {
    const { id, name, homepage, summary } = described;
    const own = images.filter(({ candidate }) => candidate.distribution === id);
    if (own.length === 0) return [];
    return {
      id,
      name,
      ...(homepage === undefined ? {} : { homepage }),
      ...(summary === undefined ? {} : { summary }),
      releases: releasesOf(description, name, own, origins, now).map((release) => ({
        ...release,
        ...(known === undefined ? {} : { provenance: { '*': known } }),
      })),
    };
  });
  return {
    schema: { major: CATALOG_SCHEMA_MAJOR, minor: CATALOG_SCHEMA_MINOR },
    origins: origins.all,
    distributions,
  };
}

/** Of one distribution, the newest first. */
function releasesOf(
  description: DistributionDescription,
  name: string,
  images: readonly ProvenImage[],
  origins: Origins,
  now: Date,
): ReleaseDocument[] {
  const releases = new Map<string, { facts: ReleaseFacts; images: ImageDocument[] }>();
  const seen = new Set<string>();
  for (const image of images) {
    const { version, variant, arch } = image.candidate;
    // Lists may overlap; the first that names an image counts.
    const id = `${version}/${variant}/${arch}`;
    if (seen.has(id)) continue;
    seen.add(id);
    const release = releases.get(version) ?? {
      facts: factsOf(description, name, version, codenameOf(image)),
      images: [],
    };
    release.images.push(imageDocument(image, origins, now));
    releases.set(version, release);
  }
  return [...releases]
    .map(([version, release]) => ({ version, ...release.facts, images: release.images }))
    .sort((a, b) => compareVersions(b.version, a.version));
}

/** What the list itself says of the release's name. */
function codenameOf({ candidate: { rule, values } }: ProvenImage): string | undefined {
  return rule.codename === undefined ? undefined : new Template(rule.codename).fill(values);
}
