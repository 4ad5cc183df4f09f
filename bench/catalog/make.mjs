/** A catalog of any size, as large in its parts as real ones are: ten images a release, three mirrors an image. */
import { createHash } from 'node:crypto';

const RELEASES = 20;
const VARIANTS = ['desktop', 'server', 'kde', 'xfce', 'minimal'];
const ARCHITECTURES = ['x86_64', 'aarch64'];
const PER_RELEASE = VARIANTS.length * ARCHITECTURES.length;

export function makeCatalog(images) {
  const releases = Math.ceil(images / PER_RELEASE);
  const distributions = [];
  for (let made = 0; made < releases; made += RELEASES) {
    distributions.push(distribution(distributions.length, Math.min(RELEASES, releases - made)));
  }
  const list = { title: 'A list', location: 'https://vendor.example.org/SHA256SUMS', retrieved: '2026-01-02' };
  return { schema: { major: 1, minor: 1 }, origins: { list }, distributions };
}

function distribution(number, releases) {
  const id = `distribution-${number}`;
  return {
    id,
    name: `Distribution ${number}`,
    homepage: `https://${id}.example.org/`,
    summary: 'One of many, which is there to be listed.',
    releases: Array.from({ length: releases }, (_, release) => ({
      version: `${release + 1}.04`,
      codename: 'Patient Panda',
      released: '2024-04-25',
      endOfLife: '2034-04-25',
      images: VARIANTS.flatMap((variant) => ARCHITECTURES.map((arch) => image(id, release + 1, variant, arch))),
      provenance: { '*': 'list' },
    })),
  };
}

function image(id, release, variant, arch) {
  const file = `${id}-${release}.04-${variant}-${arch}.iso`;
  const sha256 = createHash('sha256').update(file).digest('hex');
  return {
    variant,
    arch,
    kind: variant === 'server' ? 'installer' : 'live',
    file,
    size: 1_000_000_000 + Number.parseInt(sha256.slice(0, 7), 16),
    checksums: { sha256 },
    evidence: { level: 'registry', origin: 'list' },
    mirrors: [1, 2, 3].map((mirror) => `https://mirror${mirror}.example.org/pub/${id}/${release}.04/${file}`),
    ...(variant === 'desktop' ? { default: true } : {}),
  };
}
