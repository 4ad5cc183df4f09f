import type { ImageDocument } from '../catalog/schema.ts';
import type { Candidate } from './candidates.ts';
import type { Origins } from './origins.ts';
import type { ProvenImage } from './prove.ts';
import { fillAddress, Template } from './template.ts';

/** An image as its catalog document has it. */
export function imageDocument(image: ProvenImage, origins: Origins, now: Date): ImageDocument {
  const { candidate, digests, size, checksums } = image;
  const { rule, variant, arch, file, distribution } = candidate;
  const listed = (): string => origins.list(candidate.from, distribution, now);
  const sums = checksums === undefined ? listed() : origins.sums(checksums, distribution);
  const isNamedThere = checksums === undefined || [checksums.url, candidate.url].includes(candidate.from);
  const named = isNamedThere ? sums : listed();
  const sizeBySums = size !== undefined && checksums?.sizes.get(file) === size;
  return {
    variant,
    arch,
    kind: rule.kind,
    file,
    ...(size === undefined ? {} : { size }),
    checksums: { ...digests },
    evidence: {
      level: checksums?.level ?? 'tls',
      ...(checksums?.key === undefined ? {} : { key: checksums.key }),
      origin: sums,
    },
    mirrors: mirrorsOf(candidate),
    ...torrentsOf(candidate),
    ...(rule.default === undefined ? {} : { default: rule.default }),
    ...signatureOf(candidate),
    provenance: { '*': named, checksums: sums, evidence: sums, ...(sizeBySums ? { size: sums } : {}) },
  };
}

/** Best first. */
function mirrorsOf({ list, url, values }: Candidate): string[] {
  const filled = list.mirrors?.flatMap((template) => fillAddress(new Template(template), values) ?? []) ?? [];
  return filled.length === 0 ? [url] : [...new Set(filled)];
}

function torrentsOf({ rule, values }: Candidate): Pick<ImageDocument, 'torrents'> {
  const filled = rule.torrents?.flatMap((template) => fillAddress(new Template(template), values) ?? []) ?? [];
  return filled.length === 0 ? {} : { torrents: [...new Set(filled)] };
}

function signatureOf({ rule: { imageSignature }, values }: Candidate): Pick<ImageDocument, 'signature'> {
  if (imageSignature === undefined) return {};
  const url = fillAddress(new Template(imageSignature.url), values);
  return url === undefined ? {} : { signature: { form: imageSignature.form, url, keys: imageSignature.keys } };
}
