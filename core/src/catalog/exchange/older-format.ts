/**
 * Catalogs of an older form that other programs have: `{"version": "2.0", "distributions": [{"id", "name", "releases":
 * [{"version", "iso_url", "sha256", "size_mb", "mirrors": []}]}]}`, a release for each image.
 *
 * What such a release leaves open is told by the name of its file: variant, kind and architecture. Its size is not
 * exact and so no size. A part that cannot be used is left out, with the place in the document.
 */
import { z } from 'zod';

import { describeIssues, describePlace } from '../../engine/issues.ts';
import { dateSchema, fileNameSchema, idSchema } from '../atoms.ts';
import {
  CATALOG_SCHEMA_MAJOR,
  CATALOG_SCHEMA_MINOR,
  type DistributionDocument,
  type ImageDocument,
  type ReleaseDocument,
} from '../schema.ts';
import { describeFileName } from './file-name-words.ts';
import { olderDistributionSchema, olderDocumentSchema, olderReleaseSchema, type OlderRelease } from './older-schema.ts';

/** What came of a catalog in the older form. */
export interface OlderCatalog {
  /** A document of ours, not yet checked as a whole. */
  readonly document: unknown;
  /** What was left out and why, each with its place. */
  readonly problems: readonly string[];
}

/** True for a document that means to be of the older form. */
export function isOlderFormat(json: unknown): boolean {
  const { version, schema } = (json ?? {}) as { version?: unknown; schema?: unknown };
  return schema === undefined && (version === 2 || (typeof version === 'string' && /^2(\.|$)/.test(version)));
}

const ORIGIN = 'import';

/**
 * @param location where the document is from, for its provenance
 * @param today `YYYY-MM-DD`
 */
export function convertOlder(json: unknown, location: string, today: string): OlderCatalog {
  const conversion = new Conversion();
  const document = conversion.take(olderDocumentSchema, json, []);
  const distributions = conversion.distributions(document?.distributions ?? []);
  const published = dateSchema.safeParse(document?.last_updated).data;
  const origin = { title: 'Imported catalog of format 2', location, retrieved: today, ...(published && { published }) };
  return {
    document: {
      schema: { major: CATALOG_SCHEMA_MAJOR, minor: CATALOG_SCHEMA_MINOR },
      origins: { [ORIGIN]: origin },
      distributions: distributions.filter(({ releases }) => releases.length > 0),
    },
    problems: conversion.problems,
  };
}

type Place = readonly (string | number)[];

class Conversion {
  readonly problems: string[] = [];

  /** The value as the schema has it; undefined, with the problem noted, where it does not fit. */
  take<T>(schema: z.ZodType<T, unknown>, value: unknown, place: Place): T | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.map((issue) => ({ ...issue, path: [...place, ...issue.path] }));
    this.problems.push(describeIssues(new z.ZodError(issues)));
    return undefined;
  }

  distributions(parts: readonly unknown[]): DistributionDocument[] {
    const found = new Map<string, DistributionDocument>();
    for (const [index, raw] of parts.entries()) {
      const place = ['distributions', index];
      const part = this.take(olderDistributionSchema, raw, place);
      const id = part && this.take(idSchema, asId(part.id), [...place, 'id']);
      if (part === undefined || id === undefined) continue;
      if (found.has(id)) {
        this.#twice([...place, 'id'], id);
        continue;
      }
      const { name, homepage, description: summary, releases } = part;
      const provenance = { '*': ORIGIN };
      found.set(id, { id, name, homepage, summary, provenance, releases: this.#releases(releases, place) });
    }
    return [...found.values()];
  }

  /** Those of the same version are one, with an image for each. */
  #releases(parts: readonly unknown[], above: Place): ReleaseDocument[] {
    const found = new Map<string, ReleaseDocument>();
    for (const [index, raw] of parts.entries()) {
      const place = [...above, 'releases', index];
      const part = this.take(olderReleaseSchema, raw, place);
      if (part === undefined) continue;
      const { text, lts } = readVersion(part.version);
      const version = this.take(idSchema, asId(text), [...place, 'version']);
      const image = this.#image(part, place);
      if (version === undefined || image === undefined) continue;
      const release = found.get(version) ?? { version, images: [] };
      if (release.images.some(({ variant, arch }) => variant === image.variant && arch === image.arch)) {
        this.#twice(place, `${version}/${image.variant}/${image.arch}`);
        continue;
      }
      release.images.push(image);
      release.released ??= part.release_date;
      if (lts) release.lts = true;
      found.set(version, release);
    }
    return [...found.values()];
  }

  #image({ iso_url: url, sha256, mirrors }: OlderRelease, place: Place): ImageDocument | undefined {
    const last = new URL(url).pathname.split('/').at(-1) ?? '';
    const file = this.take(fileNameSchema, decoded(last), [...place, 'iso_url']);
    if (file === undefined) return undefined;
    // The address of a folder stands for that of the file in it.
    const all = [url, ...mirrors.map((mirror) => (mirror.endsWith('/') ? mirror + last : mirror))];
    return { ...describeFileName(file), file, checksums: { sha256 }, mirrors: [...new Set(all)] };
  }

  #twice(place: Place, what: string): void {
    this.problems.push(`${describePlace(place)}: is there twice: "${what}"`);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `Ubuntu MATE` is `ubuntu-mate`. What leaves nothing stays as it is, and is refused as no id. */
function asId(text: string): string {
  const id = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/[.-]*([.-])/g, '$1')
    .replace(/^[.-]+|[.-]+$/g, '');
  return id === '' ? text : id;
}

/** `24.04 LTS` is 24.04, and long-term support. */
function readVersion(version: string): { text: string; lts: boolean } {
  const [, text = ''] = /^(.*?)[\s-]*lts$/i.exec(version.trim()) ?? [];
  return text === '' ? { text: version, lts: false } : { text, lts: true };
}
