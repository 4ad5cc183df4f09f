// Writes catalog.json from the files in upstream/: `node scripts/make-catalog.mjs`. With `--check` it writes nothing
// and fails when catalog.json is not what the files give. Checksums are only ever read.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (name) => JSON.parse(readFileSync(new URL(`../upstream/${name}`, import.meta.url), 'utf8'));
const target = fileURLToPath(new URL('../catalog.json', import.meta.url));

const ARCHES = ['x86_64', 'aarch64'];
// When the newest input was taken, which decides where a file is looked for first: releases move when they end.
const TAKEN = '2026-08-22';

const origins = {
  releases: {
    title: 'releases.json of the Fedora Project, as embedded in Fedora Media Writer',
    location: 'github.com/FedoraQt/MediaWriter, src/app/data/assets/releases.json, commit 327ea9db4769',
    retrieved: '2026-07-16',
  },
  'release-dates': {
    title: 'Release dates collected by endoflife.date',
    location: 'github.com/endoflife-date/release-data, releases/fedora.json, commit f626bdef8bf9',
    retrieved: TAKEN,
  },
  lifecycle: {
    title: 'Computed from the release dates: four weeks after the release of the second version after it',
    location: 'https://docs.fedoraproject.org/en-US/releases/lifecycle/',
    retrieved: TAKEN,
  },
};

const dates = read('release-dates.json').versions;

/** Fedora's rule for the end of a version; undefined while the version that ends it is not out. */
function endOfLife(version) {
  const successor = dates[String(Number(version) + 2)];
  if (successor === undefined) return undefined;
  return new Date(Date.parse(successor.date) + 28 * 24 * 3600 * 1000).toISOString().slice(0, 10);
}

/** `server` is the installer with packages, as in Fedora Media Writer; the one that fetches them is `…-netinst`. */
function variantOf({ variant, subvariant }, file) {
  const name = subvariant.toLowerCase().replaceAll('_', '-');
  return variant === 'Server' && file.includes('-netinst-') ? `${name}-netinst` : name;
}

function kindOf(file) {
  if (file.includes('-Live-')) return 'live';
  if (/-(?:netinst|dvd|ostree)-/.test(file)) return 'installer';
  throw new Error(`${file}: neither live nor installer`);
}

const LINK = /^https:\/\/download\.fedoraproject\.org\/pub\/((?:fedora\/linux|alt)\/.+)$/;

/** The redirector and the project's own server; the archive holds what has ended, from the main tree. */
function mirrorsOf(link, version) {
  const path = LINK.exec(link)?.[1];
  if (path === undefined) throw new Error(`${link}: an unknown place`);
  const present = [link, `https://dl.fedoraproject.org/pub/${path}`];
  if (!path.startsWith('fedora/linux/')) return present;
  const archive = `https://archives.fedoraproject.org/pub/archive/${path}`;
  return (endOfLife(version) ?? '9999') < TAKEN ? [archive, ...present] : [...present, archive];
}

function imageDocument(entry) {
  const file = entry.link.split('/').at(-1);
  const variant = variantOf(entry, file);
  return {
    variant,
    arch: entry.arch,
    kind: kindOf(file),
    file,
    size: Number(entry.size),
    checksums: { sha256: entry.sha256 },
    evidence: { level: 'tls', origin: 'releases' },
    mirrors: mirrorsOf(entry.link, entry.version),
    ...(variant === 'workstation' ? { default: true } : {}),
  };
}

// Where there is no Workstation, the first one is the default.
const FIRST = ['workstation', 'kde', 'server', 'server-netinst', 'everything'];
const place = ({ variant }) => (FIRST.includes(variant) ? FIRST.indexOf(variant) : FIRST.length);
const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const inOrder = (a, b) =>
  place(a) - place(b) || order(a.variant, b.variant) || ARCHES.indexOf(a.arch) - ARCHES.indexOf(b.arch);

// Images for another boot process (-osb-) and for unattended provisioning are not for a stick.
const entries = read('releases.json').filter(
  ({ arch, link }) => ARCHES.includes(arch) && link.endsWith('.iso') && !/-osb-|-provisioner-/.test(link),
);
const versions = [...new Set(entries.map(({ version }) => version))].sort((a, b) => Number(b) - Number(a));

const catalog = {
  schema: { major: 1, minor: 0 },
  origins,
  distributions: [
    {
      id: 'fedora',
      name: 'Fedora',
      homepage: 'https://fedoraproject.org/',
      summary: 'A system by the Fedora Project, sponsored by Red Hat, with a new version every six months.',
      releases: versions.map((version) => {
        const end = endOfLife(version);
        return {
          version,
          title: `Fedora Linux ${version}`,
          released: dates[version].date,
          ...(end === undefined ? {} : { endOfLife: end }),
          images: entries
            .filter((entry) => entry.version === version)
            .map(imageDocument)
            .sort(inOrder),
          provenance: { '*': 'releases', released: 'release-dates', endOfLife: 'lifecycle' },
        };
      }),
    },
  ],
};

const text = `${JSON.stringify(catalog, null, 1)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    throw new Error('catalog.json is not what upstream/ gives: run node scripts/make-catalog.mjs');
  }
} else {
  writeFileSync(target, text);
}
